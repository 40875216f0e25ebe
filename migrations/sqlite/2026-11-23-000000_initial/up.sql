-- The tables of the main job. Ids are UUIDv7; amounts, quantities and rates are ten-thousandths; times are UTC in microseconds.

-- One row per settings document: stages, loss-reasons, cancel-reasons, sources, organisation, review.
create table settings (
    name text primary key not null,
    value text not null,
    version bigint not null,
    updated_at integer not null
);

create table teams (
    id blob primary key not null,
    name text not null,
    name_key text not null,
    lead_id blob,
    version bigint not null,
    created_at integer not null,
    updated_at integer not null
);
create unique index teams_name_key on teams (name_key);
create index teams_lead on teams (lead_id);

create table users (
    id blob primary key not null,
    name text not null,
    email text not null,
    email_key text not null,
    role text not null,
    team_id blob references teams (id),
    password_hash text,
    locale text,
    time_zone text,
    active boolean not null,
    import_hash text,
    version bigint not null,
    created_at integer not null,
    updated_at integer not null
);
create unique index users_email_key on users (email_key);
create index users_team on users (team_id);

create table sessions (
    id blob primary key not null,
    user_id blob not null references users (id),
    token_hash text not null,
    created_at integer not null,
    expires_at integer not null,
    ended_at integer
);
create unique index sessions_token_hash on sessions (token_hash);
create index sessions_user on sessions (user_id);

create table products (
    id blob primary key not null,
    sku text not null,
    sku_key text not null,
    name text not null,
    name_key text not null,
    aliases text not null,
    category text,
    unit text,
    list_price bigint,
    currency text,
    ext_system text,
    ext_id text,
    import_hash text,
    version bigint not null,
    created_at integer not null,
    updated_at integer not null,
    archived_at integer
);
create unique index products_sku_key on products (sku_key) where archived_at is null;
create unique index products_external on products (ext_system, ext_id) where archived_at is null;
create index products_created on products (created_at, id);
create index products_name on products (name_key, id);

-- What a product may be called: one row a look-up key.
create table product_names (
    lookup_key text not null,
    product_id blob not null references products (id),
    primary key (lookup_key, product_id)
);
create index product_names_product on product_names (product_id);
-- What no two products may share: one row an identity key; the rows of archived products are gone.
create table product_identities (
    identity_key text primary key not null,
    product_id blob not null references products (id)
);
create index product_identities_product on product_identities (product_id);

create table customers (
    id blob primary key not null,
    name text not null,
    name_key text not null,
    owner_id blob not null references users (id),
    industry text,
    region text,
    source text,
    intent_level text,
    value_tier text,
    note text,
    preferences text not null,
    tags text not null,
    custom text not null,
    ext_system text,
    ext_id text,
    import_hash text,
    version bigint not null,
    created_at integer not null,
    updated_at integer not null,
    archived_at integer
);
create index customers_name on customers (name_key, id);
create index customers_owner on customers (owner_id);
create index customers_created on customers (created_at, id);
create index customers_industry on customers (industry);
create index customers_region on customers (region);
create unique index customers_external on customers (ext_system, ext_id) where archived_at is null;

create table customer_contacts (
    id blob primary key not null,
    customer_id blob not null references customers (id),
    position integer not null,
    name text not null,
    phone text,
    email text,
    title text,
    channel text
);
create index customer_contacts_customer on customer_contacts (customer_id, position);

create table customer_tags (
    customer_id blob not null references customers (id),
    tag text not null,
    primary key (customer_id, tag)
);
create index customer_tags_tag on customer_tags (tag, customer_id);

create table orders (
    id blob primary key not null,
    number bigint not null,
    title text,
    customer_id blob references customers (id),
    owner_id blob not null references users (id),
    team_id blob references teams (id),
    currency text not null,
    amount bigint not null,
    status text not null,
    stage text not null,
    intent_level text,
    source text,
    note text,
    tags text not null,
    custom text not null,
    expected_close_date date,
    valid_until date,
    ext_system text,
    ext_id text,
    import_hash text,
    standard_version integer not null,
    resume_status text,
    warnings text not null default '[]',
    approved_amount bigint,
    review_round integer not null,
    created_by blob references users (id),
    submitted_by blob references users (id),
    critical_by blob references users (id),
    first_submitted_at integer,
    submitted_at integer,
    approved_at integer,
    closed_at integer,
    closed_on date,
    closed_owner_id blob references users (id),
    closed_team_id blob references teams (id),
    reason text,
    version bigint not null,
    created_at integer not null,
    updated_at integer not null,
    archived_at integer
);
create unique index orders_number on orders (number);
create unique index orders_external on orders (ext_system, ext_id) where archived_at is null;
create index orders_created on orders (created_at, id);
create index orders_updated on orders (updated_at, id);
create index orders_amount on orders (amount, id);
create index orders_expected on orders ((expected_close_date is null), expected_close_date, id);
create index orders_title on orders ((title is null), title, id);
create index orders_owner on orders (owner_id, status);
create index orders_team on orders (team_id, status);
create index orders_customer on orders (customer_id);
create index orders_status on orders (status, submitted_at);
create index orders_closed on orders (closed_on, status, currency, amount) where archived_at is null;
create index orders_first_submitted on orders (first_submitted_at, status) where archived_at is null;

create table order_lines (
    id blob primary key not null,
    order_id blob not null references orders (id),
    position integer not null,
    product_id blob references products (id),
    description text,
    quantity bigint not null,
    unit_price bigint not null,
    discount_rate bigint not null,
    amount bigint not null
);
create index order_lines_order on order_lines (order_id, position);
create index order_lines_product on order_lines (product_id, order_id, amount);

create table order_tags (
    order_id blob not null references orders (id),
    tag text not null,
    primary key (order_id, tag)
);
create index order_tags_tag on order_tags (tag, order_id);

create table order_remarks (
    id blob primary key not null,
    order_id blob not null references orders (id),
    round integer not null,
    pointer text not null,
    line_id blob,
    message text not null,
    author_id blob not null references users (id),
    created_at integer not null
);
create index order_remarks_order on order_remarks (order_id, id);

create table order_follow_ups (
    id blob primary key not null,
    order_id blob not null references orders (id),
    at integer not null,
    channel text not null,
    content text not null,
    result text,
    next_contact_at integer,
    author_id blob references users (id),
    created_at integer not null
);
create index order_follow_ups_order on order_follow_ups (order_id, at, id);

-- What an order went through, one row a step; read for history and for times in stage and status.
create table order_transitions (
    id blob primary key not null,
    order_id blob not null references orders (id),
    action text not null,
    from_status text,
    to_status text not null,
    from_stage text,
    to_stage text not null,
    actor_id blob references users (id),
    note text,
    occurred_at integer not null,
    recorded_at integer not null
);
create index order_transitions_order on order_transitions (order_id, id);

-- The event log: immutable facts, appended in the transaction of what they tell.
create table events (
    id blob primary key not null,
    type text not null,
    record_type text not null,
    record_id blob not null,
    record_version bigint not null,
    actor_id blob,
    changes text not null,
    request_id text,
    occurred_at integer not null,
    recorded_at integer not null
);
create index events_record on events (record_id, id);

create table standards (
    entity text not null,
    version integer not null,
    document text not null,
    published_at integer not null,
    published_by blob references users (id),
    primary key (entity, version)
);

-- Entries that the standard refused: who, when, which rules; never what was entered.
create table entry_refusals (
    id blob primary key not null,
    entity text not null,
    user_id blob references users (id),
    rules text not null,
    at integer not null
);
create index entry_refusals_user on entry_refusals (user_id, at);

create table jobs (
    id blob primary key not null,
    kind text not null,
    state text not null,
    done bigint not null,
    total bigint,
    result text,
    error text,
    cancel boolean not null,
    lease_until integer,
    created_by blob references users (id),
    created_at integer not null,
    updated_at integer not null
);
create index jobs_state on jobs (state, created_at);

create table imports (
    id blob primary key not null references jobs (id),
    entity text not null,
    file_name text,
    mapping text not null,
    file blob not null,
    validate_only boolean not null,
    next_row bigint not null,
    created bigint not null,
    updated bigint not null,
    unchanged bigint not null,
    refused bigint not null
);
create table import_errors (
    import_id blob not null references imports (id),
    row_number bigint not null,
    record text not null,
    faults text not null,
    primary key (import_id, row_number)
);
