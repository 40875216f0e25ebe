-- Since when an order has been in its stage and its status; none where it is closed, for then it is in no state that is timed.
alter table orders add column stage_since timestamptz;
alter table orders add column status_since timestamptz;

-- How long the stage and the status had lasted that a step left; none where it left none.
alter table order_transitions add column stage_seconds bigint;
alter table order_transitions add column status_seconds bigint;

-- From the steps there are, each of which says where it came from: one looked up by the index for each that ends a stay, so that memory does not matter.
update order_transitions set
    stage_seconds = case when from_stage <> to_stage or to_status in ('won', 'lost', 'cancelled', 'expired') then (
        select greatest(0, cast(floor(extract(epoch from (order_transitions.occurred_at - case when p.action = 'import' then p.recorded_at else p.occurred_at end))) as bigint)) from order_transitions p
        where p.order_id = order_transitions.order_id and p.id < order_transitions.id and (p.from_status is null or p.from_status in ('won', 'lost', 'cancelled', 'expired') or p.from_stage <> p.to_stage)
        order by p.id desc limit 1
    ) end,
    status_seconds = case when from_status <> to_status then (
        select greatest(0, cast(floor(extract(epoch from (order_transitions.occurred_at - case when p.action = 'import' then p.recorded_at else p.occurred_at end))) as bigint)) from order_transitions p
        where p.order_id = order_transitions.order_id and p.id < order_transitions.id and (p.from_status is null or p.from_status <> p.to_status)
        order by p.id desc limit 1
    ) end
where from_status not in ('won', 'lost', 'cancelled', 'expired') and (from_stage <> to_stage or from_status <> to_status);
update orders set
    stage_since = (
        select case when p.action = 'import' then p.recorded_at else p.occurred_at end from order_transitions p where p.order_id = orders.id and (p.from_status is null or p.from_status in ('won', 'lost', 'cancelled', 'expired') or p.from_stage <> p.to_stage)
        order by p.id desc limit 1
    ),
    status_since = (
        select case when p.action = 'import' then p.recorded_at else p.occurred_at end from order_transitions p where p.order_id = orders.id and (p.from_status is null or p.from_status <> p.to_status)
        order by p.id desc limit 1
    )
where status not in ('won', 'lost', 'cancelled', 'expired');

-- An order's steps in their order, with what is told of the stays that they ended.
drop index order_transitions_order;
create index order_transitions_order on order_transitions (order_id, id) include (from_stage, stage_seconds, from_status, status_seconds, occurred_at);
