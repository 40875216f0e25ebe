-- A session is one step of a family: each use of a refresh token rotates it into its successor.
alter table sessions add column family_id uuid;
alter table sessions add column rotated_at timestamptz;
alter table sessions add column successor_id uuid;
update sessions set family_id = id;
alter table sessions alter column family_id set not null;
create index sessions_family on sessions (family_id);

-- Of a key only its hash is kept; the prefix is for people to recognise it by.
create table api_keys (
    id uuid primary key not null,
    user_id uuid not null references users (id),
    name text collate "C" not null,
    prefix text collate "C" not null,
    key_hash text collate "C" not null,
    scopes jsonb not null,
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);
create unique index api_keys_key_hash on api_keys (key_hash);
create index api_keys_user on api_keys (user_id, created_at, id);
