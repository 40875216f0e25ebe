-- Why an order slipped, as its people tell it; `cause` is side and reason in one word, for filters.
create table order_delays (
    id uuid primary key not null,
    order_id uuid not null references orders (id),
    side text collate "C" not null,
    reason text collate "C" not null,
    cause text collate "C" not null,
    note text collate "C",
    remedy text collate "C",
    from_date date,
    new_date date,
    days_slipped bigint not null,
    author_id uuid references users (id),
    created_at timestamptz not null
);
create index order_delays_order on order_delays (order_id, created_at, id);
create index order_delays_cause on order_delays (cause, order_id);
create index order_delays_reason on order_delays (reason, order_id, created_at, id);

-- Each time that the expected close date of an order, once it was submitted, went to a later day, and the delay that tells why.
create table order_pushes (
    id uuid primary key not null,
    order_id uuid not null references orders (id),
    from_date date not null,
    to_date date not null,
    delay_id uuid references order_delays (id),
    actor_id uuid references users (id),
    at timestamptz not null
);
create index order_pushes_order on order_pushes (order_id, delay_id);
create index order_pushes_at on order_pushes (at, order_id);
