drop index order_reviews_returned;
