/** The work that has to be done again and again: in one call for any scheduler, or as jobs of pg_cron. */
import type { Kysely } from 'kysely';
import { sql } from 'kysely';

export const config = { lossy: 'what of the scheduled work was changed: its order and its times' };

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('private.maintenance_tasks')
    .addColumn('task', 'text', (column) => column.primaryKey())
    .addColumn('run_order', 'smallint', (column) => column.notNull())
    .addColumn('schedule', 'text', (column) => column.notNull())
    .addUniqueConstraint('maintenance_tasks_run_order_key', ['run_order'])
    .addCheckConstraint('maintenance_tasks_task_shape', sql`task ~ '^[a-z][a-z0-9_]{0,49}$'`)
    .execute();
  await sql`comment on table private.maintenance_tasks is
    'Functions in public that are called without arguments and may be called at any time, twice or at the same time.'`.execute(
    db,
  );
  await sql`comment on column private.maintenance_tasks.schedule is
    'For pg_cron: minute, hour, day, month, weekday, in UTC.'`.execute(db);
  await sql`alter table private.maintenance_tasks enable row level security`.execute(db);
  await sql`revoke all on table private.maintenance_tasks from public, anon, authenticated, service_role`.execute(db);
  // Partitions last: their locks are held until the end of the call, and stand in the way of more than rows.
  await sql`
    insert into private.maintenance_tasks (run_order, task, schedule) values
      (10, 'repair_users', '*/15 * * * *'),
      (20, 'expire_subscriptions', '*/5 * * * *'),
      (30, 'purge_sessions', '17 3 * * *'),
      (40, 'purge_sign_in_throttles', '47 * * * *'),
      (90, 'create_partitions', '37 3 * * *')`.execute(db);

  await sql`
    create function public.run_maintenance() returns table (task text, result text)
      language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
    begin
      -- One run at a time; each task by itself copes with company.
      lock table private.maintenance_tasks in share update exclusive mode;
      for task in select t.task from private.maintenance_tasks t order by t.run_order loop
        begin
          execute format('select coalesce(string_agg(answer::text, '', ''), ''nothing'') from public.%I() answer', task)
            into result;
        exception when others then
          -- What the other tasks did stays done.
          result := format('failed: %s (%s)', sqlerrm, sqlstate);
          raise warning '% %', task, result;
        end;
        return next;
      end loop;
    end
    $$`.execute(db);
  await sql`comment on function public.run_maintenance() is
    'Does all of the scheduled work now. A row for each task: what it answered, or failed: and why.'`.execute(db);
  await sql`revoke all on function public.run_maintenance() from public, anon, authenticated, service_role`.execute(db);
  await sql`grant execute on function public.run_maintenance() to service_role`.execute(db);

  await sql`
    create function private.has_pg_cron() returns boolean language sql stable set search_path = pg_catalog, pg_temp as $$
      select exists (
        select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'cron' and c.relname = 'job' and pg_catalog.has_schema_privilege(n.oid, 'USAGE'))
    $$`.execute(db);
  await sql`revoke all on function private.has_pg_cron() from public, anon, authenticated, service_role`.execute(db);

  // With the rights of the caller: pg_cron runs a job as whoever scheduled it, and that shall be the owner of all this.
  await sql`
    create function private.end_jobs(p_except text[]) returns integer language plpgsql set search_path = pg_catalog, pg_temp as $$
    declare
      v_job bigint;
      v_ended integer := 0;
    begin
      for v_job in
        select j.jobid from cron.job j
        where starts_with(j.jobname::text, 'maintenance: ') and j.jobname::text <> all (p_except)
          and j.username = current_user and j.database = current_database()
        order by 1
      loop
        perform cron.unschedule(v_job);
        v_ended := v_ended + 1;
      end loop;
      return v_ended;
    end
    $$`.execute(db);
  await sql`revoke all on function private.end_jobs(text[]) from public, anon, authenticated, service_role`.execute(db);
  await sql`
    create function public.schedule_maintenance() returns table (job text, schedule text)
      language plpgsql set search_path = pg_catalog, pg_temp as $$
    declare
      v_task text;
    begin
      if not private.has_pg_cron() then
        raise feature_not_supported using message = 'pg_cron is not there for this role in this database',
          hint = 'create extension pg_cron, or let any scheduler call: select * from run_maintenance()';
      end if;
      perform public.create_partitions();
      perform private.end_jobs(array(select 'maintenance: ' || t.task from private.maintenance_tasks t));
      for v_task, schedule in select t.task, t.schedule from private.maintenance_tasks t order by t.run_order loop
        job := 'maintenance: ' || v_task;
        -- Of the same name: the job is changed, and keeps its id and whether it is active.
        perform cron.schedule(job, schedule, format('select * from public.%I()', v_task));
        return next;
      end loop;
    end
    $$`.execute(db);
  await sql`comment on function public.schedule_maintenance() is
    'Lets pg_cron do the scheduled work, and makes the first partitions. Call it again after a task was added. 0A000 no pg_cron.'`.execute(
    db,
  );
  await sql`
    create function public.unschedule_maintenance() returns integer language plpgsql set search_path = pg_catalog, pg_temp as $$
    begin
      return case when private.has_pg_cron() then private.end_jobs('{}') else 0 end;
    end
    $$`.execute(db);
  await sql`comment on function public.unschedule_maintenance() is
    'Takes the jobs of schedule_maintenance() away again; answers how many.'`.execute(db);
  // To schedule is the owner's alone.
  await sql`revoke all on function public.schedule_maintenance() from public, anon, authenticated, service_role`.execute(
    db,
  );
  await sql`revoke all on function public.unschedule_maintenance() from public, anon, authenticated, service_role`.execute(
    db,
  );
}

export async function down(db: Kysely<unknown>): Promise<void> {
  // A job would go on without its function, and fail each time.
  await sql`select public.unschedule_maintenance()`.execute(db);
  await sql`drop function public.schedule_maintenance()`.execute(db);
  await sql`drop function public.unschedule_maintenance()`.execute(db);
  await sql`drop function private.end_jobs(text[])`.execute(db);
  await sql`drop function private.has_pg_cron()`.execute(db);
  await sql`drop function public.run_maintenance()`.execute(db);
  await db.schema.dropTable('private.maintenance_tasks').execute();
}
