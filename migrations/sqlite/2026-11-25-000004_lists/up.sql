-- Lists, saved views, full text, and the answers that repeated requests get.

-- A filter and the default sort by one index each; a sort by its own. The id breaks ties.
drop index orders_expected;
drop index orders_title;
drop index orders_owner;
drop index orders_team;
drop index orders_customer;
drop index orders_status;
create index orders_expected on orders (expected_close_date, id);
create index orders_title on orders (title, id);
create index orders_status on orders (status, created_at, id);
create index orders_stage on orders (stage, created_at, id);
create index orders_owner on orders (owner_id, created_at, id);
create index orders_team on orders (team_id, created_at, id);
create index orders_customer on orders (customer_id, created_at, id);
create index orders_intent_level on orders (intent_level, created_at, id);
create index orders_source on orders (source, created_at, id);
create index orders_currency on orders (currency, created_at, id);
create index orders_reason on orders (reason, created_at, id);
create index orders_closed_owner on orders (closed_owner_id, created_at, id);
create index orders_closed_team on orders (closed_team_id, created_at, id);
create index orders_submitted on orders (submitted_at, id);
create index orders_closed_at on orders (closed_at, id);
create index orders_reviews on orders (status, submitted_at, id);

drop index customers_owner;
drop index customers_industry;
drop index customers_region;
create index customers_owner on customers (owner_id, created_at, id);
create index customers_industry on customers (industry, created_at, id);
create index customers_region on customers (region, created_at, id);
create index customers_source on customers (source, created_at, id);
create index customers_intent_level on customers (intent_level, created_at, id);
create index customers_value_tier on customers (value_tier, created_at, id);
create index customers_updated on customers (updated_at, id);

create index products_category on products (category, name_key, id);

create index users_name on users (name, id);
create index users_created on users (created_at, id);
create index teams_name on teams (name, id);
create index teams_created on teams (created_at, id);

-- The words of records, cut by the program, with blanks between them: one row a record and part.
create table search_entries (
    number integer primary key not null,
    record_type text not null,
    record_id blob not null,
    part text not null,
    terms text not null
);
create unique index search_entries_record on search_entries (record_type, record_id, part);
-- Words of ASCII letters and digits, and all that is not ASCII: as the program cut them. What is deleted leaves no trace.
create virtual table search_index using fts5(terms, content = 'search_entries', content_rowid = 'number', tokenize = 'ascii');
insert into search_index(search_index, rank) values ('secure-delete', 1);
create trigger search_entries_added after insert on search_entries begin
    insert into search_index(rowid, terms) values (new.number, new.terms);
end;
create trigger search_entries_removed after delete on search_entries begin
    insert into search_index(search_index, rowid, terms) values ('delete', old.number, old.terms);
end;

-- What a list shows, kept for later: a condition, a sort, columns.
create table views (
    id blob primary key not null,
    entity text not null,
    name text not null,
    sharing text not null,
    owner_id blob not null references users (id),
    team_id blob references teams (id),
    condition text,
    sort text,
    columns text,
    version bigint not null,
    created_at integer not null,
    updated_at integer not null
);
create index views_name on views (name, id);
create index views_created on views (created_at, id);
create index views_owner on views (owner_id, name, id);

-- Answers of requests that came with an Idempotency-Key, written in the transaction of their effect and kept for a day.
create table idempotency_keys (
    user_id blob not null references users (id),
    scope text not null,
    idempotency_key text not null,
    fingerprint text not null,
    status integer not null,
    headers text not null,
    body text,
    created_at integer not null,
    primary key (user_id, scope, idempotency_key)
);
create index idempotency_keys_created on idempotency_keys (created_at);
