-- What the home screen counts of open orders, side by side.
create index orders_open on orders (status, expected_close_date, updated_at, owner_id, team_id) where archived_at is null and status in ('draft', 'in_review', 'returned', 'pending', 'processed');
