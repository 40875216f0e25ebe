-- Columns that were empty here.
alter table order_fact_lines rename to order_fact_lines_before;
drop index order_fact_lines_order;
drop index order_fact_lines_today;
create table order_fact_lines (
    order_id blob not null,
    valid_from integer not null,
    valid_to integer,
    product_id blob,
    category text,
    amount bigint not null,
    quantity bigint not null
);
insert into order_fact_lines (order_id, valid_from, valid_to, product_id, category, amount, quantity)
    select order_id, valid_from, valid_to, product_id, category, amount, quantity from order_fact_lines_before;
drop table order_fact_lines_before;
create index order_fact_lines_order on order_fact_lines (order_id, valid_from);
create index order_fact_lines_today on order_fact_lines (order_id, product_id, category, amount, valid_to) where valid_to is null;
