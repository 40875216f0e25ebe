drop table order_broken_rules;
alter table order_remarks drop column settled_at;
alter table order_remarks drop column settled_by;
alter table order_remarks drop column answer;
alter table order_remarks drop column state;
alter table order_remarks drop column severity;
drop table user_absences;
drop table order_review_reviewers;
drop table order_reviews;
