-- A session is one step of a family: each use of a refresh token rotates it into its successor. A column that must not be null needs a new table here.
create table sessions_new (
    id blob primary key not null,
    user_id blob not null references users (id),
    token_hash text not null,
    created_at integer not null,
    expires_at integer not null,
    ended_at integer,
    family_id blob not null,
    rotated_at integer,
    successor_id blob
);
insert into sessions_new select id, user_id, token_hash, created_at, expires_at, ended_at, id, null, null from sessions;
drop table sessions;
alter table sessions_new rename to sessions;
create unique index sessions_token_hash on sessions (token_hash);
create index sessions_user on sessions (user_id);
create index sessions_family on sessions (family_id);

-- Of a key only its hash is kept; the prefix is for people to recognise it by.
create table api_keys (
    id blob primary key not null,
    user_id blob not null references users (id),
    name text not null,
    prefix text not null,
    key_hash text not null,
    scopes text not null,
    expires_at integer,
    last_used_at integer,
    revoked_at integer,
    version bigint not null,
    created_at integer not null,
    updated_at integer not null
);
create unique index api_keys_key_hash on api_keys (key_hash);
create index api_keys_user on api_keys (user_id, created_at, id);
