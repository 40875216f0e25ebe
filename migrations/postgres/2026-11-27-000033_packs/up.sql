-- Closed orders seldom change: what most questions ask of them is put together column by column, some thousand orders in a pack, so that a question reads a few bytes of
-- an order instead of its row. A fact that stands in a pack lies apart from those that are fresh. Where it ends, the place that it had becomes a gap, in the same
-- transaction: packs without their gaps, and the fresh facts, are what holds now.
create table order_packs (
    id bigint primary key,
    status text collate "C" not null,
    first_closed_on date not null,
    last_closed_on date not null,
    orders bigint not null
);
create table order_pack_columns (
    pack_id bigint not null references order_packs (id) on delete cascade,
    name text collate "C" not null,
    data bytea not null,
    primary key (pack_id, name)
);
-- They are as short as they can be.
alter table order_pack_columns alter column data set storage external;
create table order_pack_gaps (place bigint primary key);

drop index order_facts_today;
drop index order_facts_closed;
alter table order_facts detach partition order_facts_now;
alter table order_facts_now rename to order_facts_before;
alter table order_facts_before drop constraint order_facts_now_pkey;
alter table order_facts add column packed bigint;
create table order_facts_now partition of order_facts for values in (null) partition by list (packed);
create table order_facts_fresh partition of order_facts_now for values in (null);
create table order_facts_packed partition of order_facts_now default;
-- What is open comes first, then what was closed last: what is packed leaves the end of the table, which is given back.
insert into order_facts_fresh (valid_to, archived_at, closed_on, status, currency, amount, source, intent_level, team_id, owner_id, industry, region, value_tier,
        first_submitted_at, customer_id, stage, reason, order_id, valid_from, expected_close_date, created_at, submitted_at, closed_at, closed_owner_id,
        closed_team_id, product_shares)
    select f.valid_to, f.archived_at, f.closed_on, f.status, f.currency, f.amount, f.source, f.intent_level, f.team_id, f.owner_id, f.industry, f.region,
        f.value_tier, f.first_submitted_at, f.customer_id, f.stage, f.reason, f.order_id, f.valid_from, f.expected_close_date, f.created_at, f.submitted_at,
        f.closed_at, f.closed_owner_id, f.closed_team_id, coalesce(s.shares, '')
    from order_facts_before f left join (
        select l.order_id, string_agg(coalesce(uuid_send(l.product_id), decode(repeat('00', 16), 'hex')) || int8send(l.amount), '' order by l.product_id nulls first) as shares
        from (select order_id, product_id, cast(sum(amount) as bigint) as amount from order_lines group by order_id, product_id) l group by l.order_id
    ) s on s.order_id = f.order_id
    order by f.closed_on is not null, f.closed_on desc, f.order_id;
drop table order_facts_before;
alter table order_facts_fresh add primary key (order_id, valid_from);
alter table order_facts_packed add primary key (order_id, valid_from);
create unique index order_facts_place on order_facts_packed (packed);
create index order_facts_today on order_facts (status, closed_on) where valid_to is null;
-- What conversion counts by most often, for questions with conditions of their own.
create index order_facts_closed on order_facts_packed (status, closed_on, source, intent_level, team_id, owner_id)
    where valid_to is null and archived_at is null and closed_on is not null;
alter table order_facts_fresh set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02);
alter table order_facts_packed set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02);

create function order_left_pack() returns trigger language plpgsql as $$ begin
    insert into order_pack_gaps (place) values (old.packed) on conflict do nothing;
    return null;
end $$;
create trigger order_left_pack after delete on order_facts_packed for each row execute function order_left_pack();
-- The first packs are made before anybody else looks over the new tables.
analyze order_facts_fresh;
