-- Packs are as they were.
select 1;
