import { describe, expect, it } from 'vitest';
import { additions, projectPart } from './dump-parts.ts';

const kept = (part: string) => part.split('\n').filter((line) => line !== '' && !line.startsWith('alter default'));

describe('of the dump of a Supabase database', () => {
  it.each([
    'CREATE EXTENSION IF NOT EXISTS pgcrypto WITH SCHEMA extensions;',
    `COMMENT ON TABLE public.orders IS 'of extensions; and more';`,
    'GRANT SELECT ON TABLE public.orders TO anon;',
    'GRANT USAGE ON SCHEMA private TO authenticated;',
    'ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA public GRANT ALL ON TABLES TO anon;',
    'ALTER PUBLICATION supabase_realtime ADD TABLE ONLY public.orders;',
    'CREATE PUBLICATION changes FOR TABLE public.orders;',
    'CREATE POLICY own ON public.orders USING ((owner = auth.uid()));',
    'CREATE EVENT TRIGGER noted ON ddl_command_end EXECUTE FUNCTION private.note();',
  ])('stays: %s', (statement) => {
    expect(kept(projectPart(statement))).toEqual([statement]);
  });

  it.each([
    'ALTER DEFAULT PRIVILEGES FOR ROLE supabase_admin IN SCHEMA public GRANT ALL ON TABLES TO anon;',
    `COMMENT ON EXTENSION pgcrypto IS 'cryptographic functions';`,
    'GRANT ALL ON FUNCTION extensions.armor(bytea) TO postgres WITH GRANT OPTION;',
    'REVOKE ALL ON FUNCTION pg_catalog.pg_reload_conf() FROM PUBLIC;',
    `CREATE PUBLICATION supabase_realtime WITH (publish = 'insert');`,
    'ALTER PUBLICATION supabase_realtime OWNER TO postgres;',
    'CREATE EVENT TRIGGER pgrst_ddl_watch ON ddl_command_end EXECUTE FUNCTION extensions.pgrst_ddl_watch();',
  ])('goes: %s', (statement) => {
    expect(kept(projectPart(statement))).toEqual([]);
  });

  it('policies and triggers of the project on tables of the platform are added', () => {
    const own = [
      'CREATE POLICY own_files ON storage.objects FOR SELECT USING ((owner_id = (auth.uid())::text));',
      'CREATE TRIGGER on_sign_up AFTER INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION private.on_sign_up();',
    ];
    const platforms = [
      'CREATE INDEX users_email ON auth.users USING btree (email);',
      'CREATE TRIGGER update_objects BEFORE UPDATE ON storage.objects FOR EACH ROW EXECUTE FUNCTION storage.update_column();',
      'ALTER TABLE storage.objects ENABLE ROW LEVEL SECURITY;',
    ];
    expect(kept(additions([...own, ...platforms].join('\n')))).toEqual(own);
  });
});
