-- The tables of the main job. Ids are UUIDv7; amounts, quantities and rates are ten-thousandths; times are UTC in microseconds.

-- One row per settings document: stages, loss-reasons, cancel-reasons, sources, organisation, review.
create table settings (
    name text collate "C" primary key not null,
    value jsonb not null,
    version bigint not null,
    updated_at timestamptz not null
);

create table teams (
    id uuid primary key not null,
    name text collate "C" not null,
    name_key text collate "C" not null,
    lead_id uuid,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);
create unique index teams_name_key on teams (name_key);
create index teams_lead on teams (lead_id);

create table users (
    id uuid primary key not null,
    name text collate "C" not null,
    email text collate "C" not null,
    email_key text collate "C" not null,
    role text collate "C" not null,
    team_id uuid references teams (id),
    password_hash text collate "C",
    locale text collate "C",
    time_zone text collate "C",
    active boolean not null,
    import_hash text collate "C",
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);
create unique index users_email_key on users (email_key);
create index users_team on users (team_id);

create table sessions (
    id uuid primary key not null,
    user_id uuid not null references users (id),
    token_hash text collate "C" not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    ended_at timestamptz
);
create unique index sessions_token_hash on sessions (token_hash);
create index sessions_user on sessions (user_id);

create table products (
    id uuid primary key not null,
    sku text collate "C" not null,
    sku_key text collate "C" not null,
    name text collate "C" not null,
    name_key text collate "C" not null,
    aliases jsonb not null,
    category text collate "C",
    unit text collate "C",
    list_price bigint,
    currency text collate "C",
    ext_system text collate "C",
    ext_id text collate "C",
    import_hash text collate "C",
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    archived_at timestamptz
);
create unique index products_sku_key on products (sku_key) where archived_at is null;
create unique index products_external on products (ext_system, ext_id) where archived_at is null;
create index products_created on products (created_at, id);
create index products_name on products (name_key, id);

-- What a product may be called: one row a look-up key.
create table product_names (
    lookup_key text collate "C" not null,
    product_id uuid not null references products (id),
    primary key (lookup_key, product_id)
);
create index product_names_product on product_names (product_id);
-- What no two products may share: one row an identity key; the rows of archived products are gone.
create table product_identities (
    identity_key text collate "C" primary key not null,
    product_id uuid not null references products (id)
);
create index product_identities_product on product_identities (product_id);

create table customers (
    id uuid primary key not null,
    name text collate "C" not null,
    name_key text collate "C" not null,
    owner_id uuid not null references users (id),
    industry text collate "C",
    region text collate "C",
    source text collate "C",
    intent_level text collate "C",
    value_tier text collate "C",
    note text collate "C",
    preferences jsonb not null,
    tags jsonb not null,
    custom jsonb not null,
    ext_system text collate "C",
    ext_id text collate "C",
    import_hash text collate "C",
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    archived_at timestamptz
);
create index customers_name on customers (name_key, id);
create index customers_owner on customers (owner_id);
create index customers_created on customers (created_at, id);
create index customers_industry on customers (industry);
create index customers_region on customers (region);
create unique index customers_external on customers (ext_system, ext_id) where archived_at is null;

create table customer_contacts (
    id uuid primary key not null,
    customer_id uuid not null references customers (id),
    position integer not null,
    name text collate "C" not null,
    phone text collate "C",
    email text collate "C",
    title text collate "C",
    channel text collate "C"
);
create index customer_contacts_customer on customer_contacts (customer_id, position);

create table customer_tags (
    customer_id uuid not null references customers (id),
    tag text collate "C" not null,
    primary key (customer_id, tag)
);
create index customer_tags_tag on customer_tags (tag, customer_id);

create table orders (
    id uuid primary key not null,
    number bigint not null,
    title text collate "C",
    customer_id uuid references customers (id),
    owner_id uuid not null references users (id),
    team_id uuid references teams (id),
    currency text collate "C" not null,
    amount bigint not null,
    status text collate "C" not null,
    stage text collate "C" not null,
    intent_level text collate "C",
    source text collate "C",
    note text collate "C",
    tags jsonb not null,
    custom jsonb not null,
    expected_close_date date,
    valid_until date,
    ext_system text collate "C",
    ext_id text collate "C",
    import_hash text collate "C",
    standard_version integer not null,
    resume_status text collate "C",
    warnings jsonb not null default '[]',
    approved_amount bigint,
    review_round integer not null,
    created_by uuid references users (id),
    submitted_by uuid references users (id),
    critical_by uuid references users (id),
    first_submitted_at timestamptz,
    submitted_at timestamptz,
    approved_at timestamptz,
    closed_at timestamptz,
    closed_on date,
    closed_owner_id uuid references users (id),
    closed_team_id uuid references teams (id),
    reason text collate "C",
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    archived_at timestamptz
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
    id uuid primary key not null,
    order_id uuid not null references orders (id),
    position integer not null,
    product_id uuid references products (id),
    description text collate "C",
    quantity bigint not null,
    unit_price bigint not null,
    discount_rate bigint not null,
    amount bigint not null
);
create index order_lines_order on order_lines (order_id, position);
create index order_lines_product on order_lines (product_id, order_id, amount);

create table order_tags (
    order_id uuid not null references orders (id),
    tag text collate "C" not null,
    primary key (order_id, tag)
);
create index order_tags_tag on order_tags (tag, order_id);

create table order_remarks (
    id uuid primary key not null,
    order_id uuid not null references orders (id),
    round integer not null,
    pointer text collate "C" not null,
    line_id uuid,
    message text collate "C" not null,
    author_id uuid not null references users (id),
    created_at timestamptz not null
);
create index order_remarks_order on order_remarks (order_id, id);

create table order_follow_ups (
    id uuid primary key not null,
    order_id uuid not null references orders (id),
    at timestamptz not null,
    channel text collate "C" not null,
    content text collate "C" not null,
    result text collate "C",
    next_contact_at timestamptz,
    author_id uuid references users (id),
    created_at timestamptz not null
);
create index order_follow_ups_order on order_follow_ups (order_id, at, id);

-- What an order went through, one row a step; read for history and for times in stage and status.
create table order_transitions (
    id uuid primary key not null,
    order_id uuid not null references orders (id),
    action text collate "C" not null,
    from_status text collate "C",
    to_status text collate "C" not null,
    from_stage text collate "C",
    to_stage text collate "C" not null,
    actor_id uuid references users (id),
    note text collate "C",
    occurred_at timestamptz not null,
    recorded_at timestamptz not null
);
create index order_transitions_order on order_transitions (order_id, id);

-- The event log: immutable facts, appended in the transaction of what they tell.
create table events (
    id uuid primary key not null,
    type text collate "C" not null,
    record_type text collate "C" not null,
    record_id uuid not null,
    record_version bigint not null,
    actor_id uuid,
    changes jsonb not null,
    request_id text collate "C",
    occurred_at timestamptz not null,
    recorded_at timestamptz not null
);
create index events_record on events (record_id, id);

create table standards (
    entity text collate "C" not null,
    version integer not null,
    document jsonb not null,
    published_at timestamptz not null,
    published_by uuid references users (id),
    primary key (entity, version)
);

-- Entries that the standard refused: who, when, which rules; never what was entered.
create table entry_refusals (
    id uuid primary key not null,
    entity text collate "C" not null,
    user_id uuid references users (id),
    rules jsonb not null,
    at timestamptz not null
);
create index entry_refusals_user on entry_refusals (user_id, at);

create table jobs (
    id uuid primary key not null,
    kind text collate "C" not null,
    state text collate "C" not null,
    done bigint not null,
    total bigint,
    result jsonb,
    error text collate "C",
    cancel boolean not null,
    lease_until timestamptz,
    created_by uuid references users (id),
    created_at timestamptz not null,
    updated_at timestamptz not null
);
create index jobs_state on jobs (state, created_at);

create table imports (
    id uuid primary key not null references jobs (id),
    entity text collate "C" not null,
    file_name text collate "C",
    mapping jsonb not null,
    file bytea not null,
    validate_only boolean not null,
    next_row bigint not null,
    created bigint not null,
    updated bigint not null,
    unchanged bigint not null,
    refused bigint not null
);
create table import_errors (
    import_id uuid not null references imports (id),
    row_number bigint not null,
    record jsonb not null,
    faults jsonb not null,
    primary key (import_id, row_number)
);

-- Numbers for people; a sequence, so that writers do not queue for the next one.
create sequence order_numbers;
