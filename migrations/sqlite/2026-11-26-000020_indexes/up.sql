-- What most orders do not have is no entry of an index: an entry writes to each.
drop index orders_reason;
drop index orders_closed_owner;
drop index orders_closed_team;
drop index orders_submitted;
drop index orders_closed_at;
create index orders_reason on orders (reason, created_at, id) where reason is not null;
create index orders_closed_owner on orders (closed_owner_id, created_at, id) where closed_owner_id is not null;
create index orders_closed_team on orders (closed_team_id, created_at, id) where closed_team_id is not null;
create index orders_submitted on orders (submitted_at, id) where submitted_at is not null;
create index orders_closed_at on orders (closed_at, id) where closed_at is not null;

-- What is worked on, by what it is worth.
create index orders_status_amount on orders (status, amount, id);

-- To take words out at once means to look through all that is kept of each. They are marked as removed, and go when somebody is erased.
insert into search_index(search_index, rank) values ('secure-delete', 0);
