/** How dbkit's clusters are made: the flags of initdb and the settings that go into postgresql.conf. */
import type { Platform } from '../../config/schema.ts';

/** The bootstrap superuser. On Supabase `postgres` is not a superuser, so it cannot be the one that initdb makes. */
export function superuserOf(platform: Platform): string {
  return platform === 'supabase' ? 'supabase_admin' : 'postgres';
}

/**
 * Arguments of initdb; the data directory follows as the last one. The builtin provider with C.UTF-8 (PostgreSQL 17) needs no locale of the machine; before 17,
 * locale C. Trust: the socket lies in the data directory, which only the server's user may enter.
 */
export function initdbArguments(major: number, platform: Platform): readonly string[] {
  return [
    '--username',
    superuserOf(platform),
    '--auth=trust',
    '--encoding=UTF8',
    '--locale=C',
    ...(major >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : []),
    // initdb tries /dev/shm, which a container may limit to a megabyte.
    ...(major >= 16 ? ['-c', 'dynamic_shared_memory_type=mmap'] : []),
    '--no-sync',
    '--no-instructions',
  ];
}

/** Text for the end of postgresql.conf. A socket in the data directory: no port to collide, any length of path. */
export function clusterSettings(platform: Platform, durable: boolean): string {
  const settings: Record<string, string> = {
    listen_addresses: '',
    unix_socket_directories: '.',
    dynamic_shared_memory_type: 'mmap',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // A killed command must not go on writing in the name of nobody.
    client_connection_check_interval: '1s',
    // Publications are of no use, and warn, below this level.
    ...(platform === 'supabase' ? { wal_level: 'logical' } : {}),
    ...(durable ? {} : { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' }),
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value}'`);
  return `\n# dbkit\n${lines.join('\n')}\n`;
}
