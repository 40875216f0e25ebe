drop table api_keys;
drop index sessions_family;
alter table sessions drop column successor_id;
alter table sessions drop column rotated_at;
alter table sessions drop column family_id;
