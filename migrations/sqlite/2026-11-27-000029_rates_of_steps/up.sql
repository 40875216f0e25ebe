-- When the last exchange rates were recorded that a closed order knew of after a step of its life: by it amounts are told as of any moment. Steps before this have
-- none, and go by when they were recorded.
alter table order_transitions add column rates_at integer;
