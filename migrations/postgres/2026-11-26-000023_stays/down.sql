drop index order_transitions_order;
create index order_transitions_order on order_transitions (order_id, id);
alter table order_transitions drop column status_seconds;
alter table order_transitions drop column stage_seconds;
alter table orders drop column status_since;
alter table orders drop column stage_since;
