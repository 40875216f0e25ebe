alter table order_fact_lines add column archived_at timestamptz;
alter table order_fact_lines add column closed_on date;
alter table order_fact_lines add column first_of_category boolean;
alter table order_fact_lines add column status text collate "C";
alter table order_fact_lines add column currency text collate "C";
update order_fact_lines l set archived_at = o.archived_at, closed_on = o.closed_on, status = o.status, currency = o.currency,
        first_of_category = not exists (
            select 1 from order_fact_lines e where e.order_id = l.order_id and e.valid_to is null and e.category is not distinct from l.category
                and (e.product_id < l.product_id or e.product_id is not null and l.product_id is null)
        )
    from order_facts o where l.valid_to is null and o.valid_to is null and o.order_id = l.order_id;
create index order_fact_lines_today on order_fact_lines (status, closed_on) where valid_to is null;
