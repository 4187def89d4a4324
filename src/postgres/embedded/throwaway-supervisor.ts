/**
 * The shell program between dbkit and a throw-away server. Its standard input is a pipe from dbkit: however dbkit ends,
 * kill -9 included, the pipe closes, and the server and its folder go.
 *
 * It is there before the folder is, and begins with the first line on the pipe: when dbkit ends before it has written that
 * line, what there is of the folder goes. Reads `folder` and `postgres` from its environment; its arguments are the command that makes the data, less its last
 * argument: the folder. dbkit starts it in a session of its own, so the signals that it sends to group 0 reach the server
 * (and what makes its data) and nothing else. They are repeated: one may fall between two programs. TERM is for what makes the
 * data, as a shell lets its background commands ignore INT; postgres takes INT as the order to stop at once. A second watcher
 * waits on the same pipe and does the work when the first was killed too. The note of the owner goes last, so that what an
 * interrupted removal leaves can still be swept.
 */
export const supervisor = `
exec 3<&0 </dev/null
trap : INT TERM HUP
read -r line <&3 || { rm -rf -- "$folder"; exit; }
end() {
  tries=0
  while kill -0 "$server" 2>/dev/null && [ "$tries" -lt 500 ]; do
    kill -TERM 0
    kill -INT 0
    sleep 0.02
    tries=$((tries + 1))
  done
  rm -rf -- "$folder/data"
  rm -rf -- "$folder"
  kill -KILL 0
}
(
  trap 'stopping=yes' TERM
  stopping=
  "$@" "$folder/data" && chmod 700 "$folder/data" && cat "$folder/settings" >>"$folder/data/postgresql.conf" &&
    [ -z "$stopping" ] && "$postgres" -D "$folder/data"
  echo $? >"$folder/ended"
) >"$folder/log" 2>&1 3<&- &
server=$!
(
  trap : INT TERM HUP
  while read -r line; do :; done <&3
  sleep 1
  [ -e "$folder" ] && end
) >/dev/null 2>&1 &
while read -r line; do :; done <&3
end
`;
