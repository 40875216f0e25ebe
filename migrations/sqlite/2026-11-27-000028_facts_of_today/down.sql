alter table order_fact_lines drop column first_of_category;
alter table order_fact_lines drop column archived_at;
alter table order_fact_lines drop column currency;
alter table order_fact_lines drop column closed_on;
alter table order_fact_lines drop column status;
