/**
 * Columns in order, constraints, indexes and triggers of schema storage, as the service's own public migrations
 * (August 2026) make them on PostgreSQL 15. Kept apart from the sources, so that a slip there is seen here.
 */

export const storageTables: Readonly<Record<string, string>> = {
  buckets: `
id text not null
name text not null
owner uuid
created_at timestamp with time zone default now()
updated_at timestamp with time zone default now()
public boolean default false
avif_autodetection boolean default false
file_size_limit bigint
allowed_mime_types text[]
owner_id text
type storage.buckettype not null default 'STANDARD'::storage.buckettype
versioning_status text not null default 'DISABLED'::text
buckets_pkey PRIMARY KEY (id)
buckets_versioning_dark_check CHECK ((versioning_status = 'DISABLED'::text))
buckets_versioning_standard_only_check CHECK (((type = 'STANDARD'::storage.buckettype) OR (versioning_status = 'DISABLED'::text)))
buckets_versioning_status_check CHECK ((versioning_status = ANY (ARRAY['DISABLED'::text, 'ENABLED'::text, 'SUSPENDED'::text])))
CREATE UNIQUE INDEX bname ON storage.buckets USING btree (name)
CREATE TRIGGER enforce_bucket_name_length_trigger BEFORE INSERT OR UPDATE OF name ON storage.buckets FOR EACH ROW EXECUTE FUNCTION storage.enforce_bucket_name_length()
CREATE TRIGGER protect_buckets_delete BEFORE DELETE ON storage.buckets FOR EACH STATEMENT EXECUTE FUNCTION storage.protect_delete()
`,
  buckets_analytics: `
name text not null
type storage.buckettype not null default 'ANALYTICS'::storage.buckettype
format text not null default 'ICEBERG'::text
created_at timestamp with time zone not null default now()
updated_at timestamp with time zone not null default now()
id uuid not null default gen_random_uuid()
deleted_at timestamp with time zone
buckets_analytics_pkey PRIMARY KEY (id)
CREATE UNIQUE INDEX buckets_analytics_unique_name_idx ON storage.buckets_analytics USING btree (name) WHERE (deleted_at IS NULL)
`,
  buckets_vectors: `
id text not null
type storage.buckettype not null default 'VECTOR'::storage.buckettype
created_at timestamp with time zone not null default now()
updated_at timestamp with time zone not null default now()
buckets_vectors_pkey PRIMARY KEY (id)
`,
  migrations: `
id integer not null
name character varying(100) not null
hash character varying(40) not null
executed_at timestamp without time zone default CURRENT_TIMESTAMP
migrations_name_key UNIQUE (name)
migrations_pkey PRIMARY KEY (id)
`,
  objects: `
id uuid not null default gen_random_uuid()
bucket_id text
name text
owner uuid
created_at timestamp with time zone default now()
updated_at timestamp with time zone default now()
last_accessed_at timestamp with time zone default now()
metadata jsonb
path_tokens text[] generated string_to_array(name, '/'::text)
version text
owner_id text
user_metadata jsonb
archived_at timestamp with time zone
is_delete_marker boolean not null default false
is_versioned boolean not null default false
objects_bucketId_fkey FOREIGN KEY (bucket_id) REFERENCES storage.buckets(id)
objects_pkey PRIMARY KEY (id)
CREATE UNIQUE INDEX bucketid_objname ON storage.objects USING btree (bucket_id, name)
CREATE INDEX idx_objects_bucket_id_name ON storage.objects USING btree (bucket_id, name COLLATE "C")
CREATE INDEX idx_objects_bucket_id_name_lower ON storage.objects USING btree (bucket_id, lower(name) COLLATE "C")
CREATE INDEX name_prefix_search ON storage.objects USING btree (name text_pattern_ops)
CREATE TRIGGER protect_objects_delete BEFORE DELETE ON storage.objects FOR EACH STATEMENT EXECUTE FUNCTION storage.protect_delete()
CREATE TRIGGER update_objects_updated_at BEFORE UPDATE ON storage.objects FOR EACH ROW EXECUTE FUNCTION storage.update_updated_at_column()
`,
  s3_multipart_uploads: `
id text not null
in_progress_size bigint not null default 0
upload_signature text not null
bucket_id text not null
key text collate C not null
version text not null
owner_id text
created_at timestamp with time zone not null default now()
user_metadata jsonb
metadata jsonb
s3_multipart_uploads_bucket_id_fkey FOREIGN KEY (bucket_id) REFERENCES storage.buckets(id)
s3_multipart_uploads_pkey PRIMARY KEY (id)
CREATE INDEX idx_multipart_uploads_list ON storage.s3_multipart_uploads USING btree (bucket_id, key, created_at)
`,
  s3_multipart_uploads_parts: `
id uuid not null default gen_random_uuid()
upload_id text not null
size bigint not null default 0
part_number integer not null
bucket_id text not null
key text collate C not null
etag text not null
owner_id text
version text not null
created_at timestamp with time zone not null default now()
s3_multipart_uploads_parts_bucket_id_fkey FOREIGN KEY (bucket_id) REFERENCES storage.buckets(id)
s3_multipart_uploads_parts_pkey PRIMARY KEY (id)
s3_multipart_uploads_parts_upload_id_fkey FOREIGN KEY (upload_id) REFERENCES storage.s3_multipart_uploads(id) ON DELETE CASCADE
`,
  vector_indexes: `
id text not null default gen_random_uuid()
name text collate C not null
bucket_id text not null
data_type text not null
dimension integer not null
distance_metric text not null
metadata_configuration jsonb
created_at timestamp with time zone not null default now()
updated_at timestamp with time zone not null default now()
vector_indexes_bucket_id_fkey FOREIGN KEY (bucket_id) REFERENCES storage.buckets_vectors(id)
vector_indexes_pkey PRIMARY KEY (id)
CREATE UNIQUE INDEX vector_indexes_name_bucket_id_idx ON storage.vector_indexes USING btree (name, bucket_id)
`,
};
