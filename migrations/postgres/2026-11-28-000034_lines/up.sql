-- Lines tell of their order no more: what they come to stands in its own row, and in its pack. So a step of an order leaves its lines as they are.
drop index order_fact_lines_today;
drop index order_fact_lines_order;
alter table order_fact_lines rename to order_fact_lines_before;
alter table order_fact_lines_now rename to order_fact_lines_now_before;
alter table order_fact_lines_past rename to order_fact_lines_past_before;
create table order_fact_lines (
    valid_to timestamptz,
    amount bigint not null,
    product_id uuid,
    category text collate "C",
    order_id uuid not null,
    quantity bigint not null,
    valid_from timestamptz not null
) partition by list (valid_to);
create table order_fact_lines_now partition of order_fact_lines for values in (null);
create table order_fact_lines_past partition of order_fact_lines default;
insert into order_fact_lines (valid_to, amount, product_id, category, order_id, quantity, valid_from)
    select valid_to, amount, product_id, category, order_id, quantity, valid_from from order_fact_lines_before order by order_id, valid_from;
drop table order_fact_lines_before;
create index order_fact_lines_order on order_fact_lines (order_id, valid_from);
