/** What pg_cron 1.4 and later offers of itself, with its rules of who sees which job. */
export const cronStandIn = `
  create schema cron;
  create table cron.job (
    jobid bigint generated always as identity primary key, schedule text not null, command text not null,
    nodename text not null default 'localhost', nodeport integer not null default 5432,
    database text not null default current_database(), username text not null default current_user,
    active boolean not null default true, jobname name, unique (jobname, username)
  );
  alter table cron.job enable row level security;
  create policy cron_job_policy on cron.job using (username = current_user);
  create function cron.schedule(job_name text, schedule text, command text) returns bigint
    language sql security definer as $$
      insert into cron.job (jobname, schedule, command, username) values ($1::name, $2, $3, session_user)
        on conflict (jobname, username) do update set schedule = excluded.schedule, command = excluded.command
        returning jobid $$;
  create function cron.unschedule(job_id bigint) returns boolean language plpgsql security definer as $$
    begin
      delete from cron.job where jobid = job_id and username = session_user;
      if not found then raise exception 'could not find valid entry for job %', job_id; end if;
      return true;
    end $$;
  grant usage on schema cron to postgres;
  grant select on cron.job to postgres;`;
