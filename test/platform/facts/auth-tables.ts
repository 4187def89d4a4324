/**
 * Columns in order, constraints, indexes and triggers of schema auth, as the service's own public migrations
 * (August 2026) make them on PostgreSQL 15. Kept apart from the sources, so that a slip there is seen here.
 */

export const authTables: Readonly<Record<string, string>> = {
  audit_log_entries: `
instance_id uuid
id uuid not null
payload json
created_at timestamp with time zone
ip_address character varying(64) not null default ''::character varying
audit_log_entries_pkey PRIMARY KEY (id)
CREATE INDEX audit_logs_instance_id_idx ON auth.audit_log_entries USING btree (instance_id)
`,
  custom_oauth_providers: `
id uuid not null default gen_random_uuid()
provider_type text not null
identifier text not null
name text not null
client_id text not null
client_secret text not null
acceptable_client_ids text[] not null default '{}'::text[]
scopes text[] not null default '{}'::text[]
pkce_enabled boolean not null default true
attribute_mapping jsonb not null default '{}'::jsonb
authorization_params jsonb not null default '{}'::jsonb
enabled boolean not null default true
email_optional boolean not null default false
issuer text
discovery_url text
skip_nonce_check boolean not null default false
cached_discovery jsonb
discovery_cached_at timestamp with time zone
authorization_url text
token_url text
userinfo_url text
jwks_uri text
created_at timestamp with time zone not null default now()
updated_at timestamp with time zone not null default now()
custom_claims_allowlist text[] not null default '{}'::text[]
custom_oauth_providers_authorization_url_https CHECK (((authorization_url IS NULL) OR (authorization_url ~~ 'https://%'::text)))
custom_oauth_providers_authorization_url_length CHECK (((authorization_url IS NULL) OR (char_length(authorization_url) <= 2048)))
custom_oauth_providers_client_id_length CHECK (((char_length(client_id) >= 1) AND (char_length(client_id) <= 512)))
custom_oauth_providers_discovery_url_length CHECK (((discovery_url IS NULL) OR (char_length(discovery_url) <= 2048)))
custom_oauth_providers_identifier_format CHECK ((identifier ~ '^[a-z0-9][a-z0-9:-]{0,48}[a-z0-9]$'::text))
custom_oauth_providers_identifier_key UNIQUE (identifier)
custom_oauth_providers_issuer_length CHECK (((issuer IS NULL) OR ((char_length(issuer) >= 1) AND (char_length(issuer) <= 2048))))
custom_oauth_providers_jwks_uri_https CHECK (((jwks_uri IS NULL) OR (jwks_uri ~~ 'https://%'::text)))
custom_oauth_providers_jwks_uri_length CHECK (((jwks_uri IS NULL) OR (char_length(jwks_uri) <= 2048)))
custom_oauth_providers_name_length CHECK (((char_length(name) >= 1) AND (char_length(name) <= 100)))
custom_oauth_providers_oauth2_requires_endpoints CHECK (((provider_type <> 'oauth2'::text) OR ((authorization_url IS NOT NULL) AND (token_url IS NOT NULL) AND (userinfo_url IS NOT NULL))))
custom_oauth_providers_oidc_discovery_url_https CHECK (((provider_type <> 'oidc'::text) OR (discovery_url IS NULL) OR (discovery_url ~~ 'https://%'::text)))
custom_oauth_providers_oidc_issuer_https CHECK (((provider_type <> 'oidc'::text) OR (issuer IS NULL) OR (issuer ~~ 'https://%'::text)))
custom_oauth_providers_oidc_requires_issuer CHECK (((provider_type <> 'oidc'::text) OR (issuer IS NOT NULL)))
custom_oauth_providers_pkey PRIMARY KEY (id)
custom_oauth_providers_provider_type_check CHECK ((provider_type = ANY (ARRAY['oauth2'::text, 'oidc'::text])))
custom_oauth_providers_token_url_https CHECK (((token_url IS NULL) OR (token_url ~~ 'https://%'::text)))
custom_oauth_providers_token_url_length CHECK (((token_url IS NULL) OR (char_length(token_url) <= 2048)))
custom_oauth_providers_userinfo_url_https CHECK (((userinfo_url IS NULL) OR (userinfo_url ~~ 'https://%'::text)))
custom_oauth_providers_userinfo_url_length CHECK (((userinfo_url IS NULL) OR (char_length(userinfo_url) <= 2048)))
CREATE INDEX custom_oauth_providers_created_at_idx ON auth.custom_oauth_providers USING btree (created_at)
CREATE INDEX custom_oauth_providers_enabled_idx ON auth.custom_oauth_providers USING btree (enabled)
CREATE INDEX custom_oauth_providers_identifier_idx ON auth.custom_oauth_providers USING btree (identifier)
CREATE INDEX custom_oauth_providers_provider_type_idx ON auth.custom_oauth_providers USING btree (provider_type)
`,
  flow_state: `
id uuid not null
user_id uuid
auth_code text
code_challenge_method auth.code_challenge_method
code_challenge text
provider_type text not null
provider_access_token text
provider_refresh_token text
created_at timestamp with time zone
updated_at timestamp with time zone
authentication_method text not null
auth_code_issued_at timestamp with time zone
invite_token text
referrer text
oauth_client_state_id uuid
linking_target_id uuid
email_optional boolean not null default false
flow_state_pkey PRIMARY KEY (id)
CREATE INDEX flow_state_created_at_idx ON auth.flow_state USING btree (created_at DESC)
CREATE INDEX idx_auth_code ON auth.flow_state USING btree (auth_code)
CREATE INDEX idx_user_id_auth_method ON auth.flow_state USING btree (user_id, authentication_method)
`,
  identities: `
provider_id text not null
user_id uuid not null
identity_data jsonb not null
provider text not null
last_sign_in_at timestamp with time zone
created_at timestamp with time zone
updated_at timestamp with time zone
email text generated lower((identity_data ->> 'email'::text))
id uuid not null default gen_random_uuid()
identities_pkey PRIMARY KEY (id)
identities_provider_id_provider_unique UNIQUE (provider_id, provider)
identities_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth.users(id) ON DELETE CASCADE
CREATE INDEX identities_email_idx ON auth.identities USING btree (email text_pattern_ops)
CREATE INDEX identities_user_id_idx ON auth.identities USING btree (user_id)
`,
  instances: `
id uuid not null
uuid uuid
raw_base_config text
created_at timestamp with time zone
updated_at timestamp with time zone
instances_pkey PRIMARY KEY (id)
`,
  mfa_amr_claims: `
session_id uuid not null
created_at timestamp with time zone not null
updated_at timestamp with time zone not null
authentication_method text not null
id uuid not null
amr_id_pk PRIMARY KEY (id)
mfa_amr_claims_session_id_authentication_method_pkey UNIQUE (session_id, authentication_method)
mfa_amr_claims_session_id_fkey FOREIGN KEY (session_id) REFERENCES auth.sessions(id) ON DELETE CASCADE
`,
  mfa_challenges: `
id uuid not null
factor_id uuid not null
created_at timestamp with time zone not null
verified_at timestamp with time zone
ip_address inet not null
otp_code text
web_authn_session_data jsonb
mfa_challenges_auth_factor_id_fkey FOREIGN KEY (factor_id) REFERENCES auth.mfa_factors(id) ON DELETE CASCADE
mfa_challenges_pkey PRIMARY KEY (id)
CREATE INDEX mfa_challenge_created_at_idx ON auth.mfa_challenges USING btree (created_at DESC)
`,
  mfa_factors: `
id uuid not null
user_id uuid not null
friendly_name text
factor_type auth.factor_type not null
status auth.factor_status not null
created_at timestamp with time zone not null
updated_at timestamp with time zone not null
secret text
phone text
last_challenged_at timestamp with time zone
web_authn_credential jsonb
web_authn_aaguid uuid
last_webauthn_challenge_data jsonb
mfa_factors_last_challenged_at_key UNIQUE (last_challenged_at)
mfa_factors_pkey PRIMARY KEY (id)
mfa_factors_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth.users(id) ON DELETE CASCADE
CREATE INDEX factor_id_created_at_idx ON auth.mfa_factors USING btree (user_id, created_at)
CREATE UNIQUE INDEX mfa_factors_user_friendly_name_unique ON auth.mfa_factors USING btree (friendly_name, user_id) WHERE (TRIM(BOTH FROM friendly_name) <> ''::text)
CREATE INDEX mfa_factors_user_id_idx ON auth.mfa_factors USING btree (user_id)
CREATE UNIQUE INDEX unique_phone_factor_per_user ON auth.mfa_factors USING btree (user_id, phone)
`,
  oauth_authorizations: `
id uuid not null
authorization_id text not null
client_id uuid not null
user_id uuid
redirect_uri text not null
scope text not null
state text
resource text
code_challenge text
code_challenge_method auth.code_challenge_method
response_type auth.oauth_response_type not null default 'code'::auth.oauth_response_type
status auth.oauth_authorization_status not null default 'pending'::auth.oauth_authorization_status
authorization_code text
created_at timestamp with time zone not null default now()
expires_at timestamp with time zone not null default (now() + '00:03:00'::interval)
approved_at timestamp with time zone
nonce text
oauth_authorizations_authorization_code_key UNIQUE (authorization_code)
oauth_authorizations_authorization_code_length CHECK ((char_length(authorization_code) <= 255))
oauth_authorizations_authorization_id_key UNIQUE (authorization_id)
oauth_authorizations_client_id_fkey FOREIGN KEY (client_id) REFERENCES auth.oauth_clients(id) ON DELETE CASCADE
oauth_authorizations_code_challenge_length CHECK ((char_length(code_challenge) <= 128))
oauth_authorizations_expires_at_future CHECK ((expires_at > created_at))
oauth_authorizations_nonce_length CHECK ((char_length(nonce) <= 255))
oauth_authorizations_pkey PRIMARY KEY (id)
oauth_authorizations_redirect_uri_length CHECK ((char_length(redirect_uri) <= 2048))
oauth_authorizations_resource_length CHECK ((char_length(resource) <= 2048))
oauth_authorizations_scope_length CHECK ((char_length(scope) <= 4096))
oauth_authorizations_state_length CHECK ((char_length(state) <= 4096))
oauth_authorizations_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth.users(id) ON DELETE CASCADE
CREATE INDEX oauth_auth_pending_exp_idx ON auth.oauth_authorizations USING btree (expires_at) WHERE (status = 'pending'::auth.oauth_authorization_status)
`,
  oauth_client_states: `
id uuid not null
provider_type text not null
code_verifier text
created_at timestamp with time zone not null
oauth_client_states_pkey PRIMARY KEY (id)
CREATE INDEX idx_oauth_client_states_created_at ON auth.oauth_client_states USING btree (created_at)
`,
  oauth_clients: `
id uuid not null
client_secret_hash text
registration_type auth.oauth_registration_type not null
redirect_uris text not null
grant_types text not null
client_name text
client_uri text
logo_uri text
created_at timestamp with time zone not null default now()
updated_at timestamp with time zone not null default now()
deleted_at timestamp with time zone
client_type auth.oauth_client_type not null default 'confidential'::auth.oauth_client_type
token_endpoint_auth_method text not null
oauth_clients_client_name_length CHECK ((char_length(client_name) <= 1024))
oauth_clients_client_uri_length CHECK ((char_length(client_uri) <= 2048))
oauth_clients_logo_uri_length CHECK ((char_length(logo_uri) <= 2048))
oauth_clients_pkey PRIMARY KEY (id)
oauth_clients_token_endpoint_auth_method_check CHECK ((token_endpoint_auth_method = ANY (ARRAY['client_secret_basic'::text, 'client_secret_post'::text, 'none'::text])))
CREATE INDEX oauth_clients_deleted_at_idx ON auth.oauth_clients USING btree (deleted_at)
`,
  oauth_consents: `
id uuid not null
user_id uuid not null
client_id uuid not null
scopes text not null
granted_at timestamp with time zone not null default now()
revoked_at timestamp with time zone
oauth_consents_client_id_fkey FOREIGN KEY (client_id) REFERENCES auth.oauth_clients(id) ON DELETE CASCADE
oauth_consents_pkey PRIMARY KEY (id)
oauth_consents_revoked_after_granted CHECK (((revoked_at IS NULL) OR (revoked_at >= granted_at)))
oauth_consents_scopes_length CHECK ((char_length(scopes) <= 2048))
oauth_consents_scopes_not_empty CHECK ((char_length(TRIM(BOTH FROM scopes)) > 0))
oauth_consents_user_client_unique UNIQUE (user_id, client_id)
oauth_consents_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth.users(id) ON DELETE CASCADE
CREATE INDEX oauth_consents_active_client_idx ON auth.oauth_consents USING btree (client_id) WHERE (revoked_at IS NULL)
CREATE INDEX oauth_consents_active_user_client_idx ON auth.oauth_consents USING btree (user_id, client_id) WHERE (revoked_at IS NULL)
CREATE INDEX oauth_consents_user_order_idx ON auth.oauth_consents USING btree (user_id, granted_at DESC)
`,
  one_time_tokens: `
id uuid not null
user_id uuid not null
token_type auth.one_time_token_type not null
token_hash text not null
relates_to text not null
created_at timestamp without time zone not null default now()
updated_at timestamp without time zone not null default now()
one_time_tokens_pkey PRIMARY KEY (id)
one_time_tokens_token_hash_check CHECK ((char_length(token_hash) > 0))
one_time_tokens_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth.users(id) ON DELETE CASCADE
CREATE INDEX one_time_tokens_relates_to_hash_idx ON auth.one_time_tokens USING hash (relates_to)
CREATE INDEX one_time_tokens_token_hash_hash_idx ON auth.one_time_tokens USING hash (token_hash)
CREATE UNIQUE INDEX one_time_tokens_user_id_token_type_key ON auth.one_time_tokens USING btree (user_id, token_type)
`,
  refresh_tokens: `
instance_id uuid
id bigint not null default nextval('auth.refresh_tokens_id_seq'::regclass)
token character varying(255)
user_id character varying(255)
revoked boolean
created_at timestamp with time zone
updated_at timestamp with time zone
parent character varying(255)
session_id uuid
refresh_tokens_pkey PRIMARY KEY (id)
refresh_tokens_session_id_fkey FOREIGN KEY (session_id) REFERENCES auth.sessions(id) ON DELETE CASCADE
refresh_tokens_token_unique UNIQUE (token)
CREATE INDEX refresh_tokens_instance_id_idx ON auth.refresh_tokens USING btree (instance_id)
CREATE INDEX refresh_tokens_instance_id_user_id_idx ON auth.refresh_tokens USING btree (instance_id, user_id)
CREATE INDEX refresh_tokens_parent_idx ON auth.refresh_tokens USING btree (parent)
CREATE INDEX refresh_tokens_session_id_revoked_idx ON auth.refresh_tokens USING btree (session_id, revoked)
CREATE INDEX refresh_tokens_updated_at_idx ON auth.refresh_tokens USING btree (updated_at DESC)
`,
  saml_providers: `
id uuid not null
sso_provider_id uuid not null
entity_id text not null
metadata_xml text not null
metadata_url text
attribute_mapping jsonb
created_at timestamp with time zone
updated_at timestamp with time zone
name_id_format text
entity_id not empty CHECK ((char_length(entity_id) > 0))
metadata_url not empty CHECK (((metadata_url = NULL::text) OR (char_length(metadata_url) > 0)))
metadata_xml not empty CHECK ((char_length(metadata_xml) > 0))
saml_providers_entity_id_key UNIQUE (entity_id)
saml_providers_pkey PRIMARY KEY (id)
saml_providers_sso_provider_id_fkey FOREIGN KEY (sso_provider_id) REFERENCES auth.sso_providers(id) ON DELETE CASCADE
CREATE INDEX saml_providers_sso_provider_id_idx ON auth.saml_providers USING btree (sso_provider_id)
`,
  saml_relay_states: `
id uuid not null
sso_provider_id uuid not null
request_id text not null
for_email text
redirect_to text
created_at timestamp with time zone
updated_at timestamp with time zone
flow_state_id uuid
request_id not empty CHECK ((char_length(request_id) > 0))
saml_relay_states_flow_state_id_fkey FOREIGN KEY (flow_state_id) REFERENCES auth.flow_state(id) ON DELETE CASCADE
saml_relay_states_pkey PRIMARY KEY (id)
saml_relay_states_sso_provider_id_fkey FOREIGN KEY (sso_provider_id) REFERENCES auth.sso_providers(id) ON DELETE CASCADE
CREATE INDEX saml_relay_states_created_at_idx ON auth.saml_relay_states USING btree (created_at DESC)
CREATE INDEX saml_relay_states_for_email_idx ON auth.saml_relay_states USING btree (for_email)
CREATE INDEX saml_relay_states_sso_provider_id_idx ON auth.saml_relay_states USING btree (sso_provider_id)
`,
  schema_migrations: `
version character varying(255) not null
schema_migrations_pkey PRIMARY KEY (version)
`,
  sessions: `
id uuid not null
user_id uuid not null
created_at timestamp with time zone
updated_at timestamp with time zone
factor_id uuid
aal auth.aal_level
not_after timestamp with time zone
refreshed_at timestamp without time zone
user_agent text
ip inet
tag text
oauth_client_id uuid
refresh_token_hmac_key text
refresh_token_counter bigint
scopes text
sessions_oauth_client_id_fkey FOREIGN KEY (oauth_client_id) REFERENCES auth.oauth_clients(id) ON DELETE CASCADE
sessions_pkey PRIMARY KEY (id)
sessions_scopes_length CHECK ((char_length(scopes) <= 4096))
sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth.users(id) ON DELETE CASCADE
CREATE INDEX sessions_not_after_idx ON auth.sessions USING btree (not_after DESC)
CREATE INDEX sessions_oauth_client_id_idx ON auth.sessions USING btree (oauth_client_id)
CREATE INDEX sessions_user_id_idx ON auth.sessions USING btree (user_id)
CREATE INDEX user_id_created_at_idx ON auth.sessions USING btree (user_id, created_at)
`,
  sso_domains: `
id uuid not null
sso_provider_id uuid not null
domain text not null
created_at timestamp with time zone
updated_at timestamp with time zone
domain not empty CHECK ((char_length(domain) > 0))
sso_domains_pkey PRIMARY KEY (id)
sso_domains_sso_provider_id_fkey FOREIGN KEY (sso_provider_id) REFERENCES auth.sso_providers(id) ON DELETE CASCADE
CREATE UNIQUE INDEX sso_domains_domain_idx ON auth.sso_domains USING btree (lower(domain))
CREATE INDEX sso_domains_sso_provider_id_idx ON auth.sso_domains USING btree (sso_provider_id)
`,
  sso_providers: `
id uuid not null
resource_id text
created_at timestamp with time zone
updated_at timestamp with time zone
disabled boolean
resource_id not empty CHECK (((resource_id = NULL::text) OR (char_length(resource_id) > 0)))
sso_providers_pkey PRIMARY KEY (id)
CREATE UNIQUE INDEX sso_providers_resource_id_idx ON auth.sso_providers USING btree (lower(resource_id))
CREATE INDEX sso_providers_resource_id_pattern_idx ON auth.sso_providers USING btree (resource_id text_pattern_ops)
`,
  users: `
instance_id uuid
id uuid not null
aud character varying(255)
role character varying(255)
email character varying(255)
encrypted_password character varying(255)
email_confirmed_at timestamp with time zone
invited_at timestamp with time zone
confirmation_token character varying(255)
confirmation_sent_at timestamp with time zone
recovery_token character varying(255)
recovery_sent_at timestamp with time zone
email_change_token_new character varying(255)
email_change character varying(255)
email_change_sent_at timestamp with time zone
last_sign_in_at timestamp with time zone
raw_app_meta_data jsonb
raw_user_meta_data jsonb
is_super_admin boolean
created_at timestamp with time zone
updated_at timestamp with time zone
phone text default NULL::character varying
phone_confirmed_at timestamp with time zone
phone_change text default ''::character varying
phone_change_token character varying(255) default ''::character varying
phone_change_sent_at timestamp with time zone
confirmed_at timestamp with time zone generated LEAST(email_confirmed_at, phone_confirmed_at)
email_change_token_current character varying(255) default ''::character varying
email_change_confirm_status smallint default 0
banned_until timestamp with time zone
reauthentication_token character varying(255) default ''::character varying
reauthentication_sent_at timestamp with time zone
is_sso_user boolean not null default false
deleted_at timestamp with time zone
is_anonymous boolean not null default false
users_email_change_confirm_status_check CHECK (((email_change_confirm_status >= 0) AND (email_change_confirm_status <= 2)))
users_phone_key UNIQUE (phone)
users_pkey PRIMARY KEY (id)
CREATE UNIQUE INDEX confirmation_token_idx ON auth.users USING btree (confirmation_token) WHERE ((confirmation_token)::text !~ '^[0-9 ]*$'::text)
CREATE UNIQUE INDEX email_change_token_current_idx ON auth.users USING btree (email_change_token_current) WHERE ((email_change_token_current)::text !~ '^[0-9 ]*$'::text)
CREATE UNIQUE INDEX email_change_token_new_idx ON auth.users USING btree (email_change_token_new) WHERE ((email_change_token_new)::text !~ '^[0-9 ]*$'::text)
CREATE UNIQUE INDEX reauthentication_token_idx ON auth.users USING btree (reauthentication_token) WHERE ((reauthentication_token)::text !~ '^[0-9 ]*$'::text)
CREATE UNIQUE INDEX recovery_token_idx ON auth.users USING btree (recovery_token) WHERE ((recovery_token)::text !~ '^[0-9 ]*$'::text)
CREATE UNIQUE INDEX users_email_partial_key ON auth.users USING btree (email) WHERE (is_sso_user = false)
CREATE INDEX users_instance_id_email_idx ON auth.users USING btree (instance_id, lower((email)::text))
CREATE INDEX users_instance_id_idx ON auth.users USING btree (instance_id)
CREATE INDEX users_is_anonymous_idx ON auth.users USING btree (is_anonymous)
`,
  webauthn_challenges: `
id uuid not null default gen_random_uuid()
user_id uuid
challenge_type text not null
session_data jsonb not null
created_at timestamp with time zone not null default now()
expires_at timestamp with time zone not null
webauthn_challenges_challenge_type_check CHECK ((challenge_type = ANY (ARRAY['signup'::text, 'registration'::text, 'authentication'::text])))
webauthn_challenges_pkey PRIMARY KEY (id)
webauthn_challenges_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth.users(id) ON DELETE CASCADE
CREATE INDEX webauthn_challenges_expires_at_idx ON auth.webauthn_challenges USING btree (expires_at)
CREATE INDEX webauthn_challenges_user_id_idx ON auth.webauthn_challenges USING btree (user_id)
`,
  webauthn_credentials: `
id uuid not null default gen_random_uuid()
user_id uuid not null
credential_id bytea not null
public_key bytea not null
attestation_type text not null default ''::text
aaguid uuid
sign_count bigint not null default 0
transports jsonb not null default '[]'::jsonb
backup_eligible boolean not null default false
backed_up boolean not null default false
friendly_name text not null default ''::text
created_at timestamp with time zone not null default now()
updated_at timestamp with time zone not null default now()
last_used_at timestamp with time zone
webauthn_credentials_pkey PRIMARY KEY (id)
webauthn_credentials_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth.users(id) ON DELETE CASCADE
CREATE UNIQUE INDEX webauthn_credentials_credential_id_key ON auth.webauthn_credentials USING btree (credential_id)
CREATE INDEX webauthn_credentials_user_id_idx ON auth.webauthn_credentials USING btree (user_id)
`,
};
