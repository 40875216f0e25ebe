-- What reviewers sent back, by when: the few among all rounds that figures of people count.
create index order_reviews_returned on order_reviews (decided_at, order_id) where decision = 'returned';
