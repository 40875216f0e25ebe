alter table order_transitions drop column rates_at;
