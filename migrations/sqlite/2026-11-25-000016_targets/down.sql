drop index entry_refusals_at;
drop table targets;
