-- One row a step of a round of review; a step that has not begun has no `started_at`, and one that is over has a decision.
create table order_reviews (
    id blob primary key not null,
    order_id blob not null references orders (id),
    round integer not null,
    step integer not null,
    steps integer not null,
    policy text,
    rule text not null,
    because text not null,
    order_version bigint not null,
    submitted_at integer not null,
    assigned_to blob references users (id),
    open_to text,
    started_at integer,
    due_at integer,
    escalate_at integer,
    escalated_at integer,
    claimed_by blob references users (id),
    claimed_until integer,
    decided_at integer,
    decision text,
    decided_by blob references users (id),
    waiting_seconds bigint
);
create unique index order_reviews_place on order_reviews (order_id, round, step);
create index order_reviews_open on order_reviews (due_at, id) where decided_at is null;
create index order_reviews_submitted on order_reviews (submitted_at, id) where decided_at is null;
create index order_reviews_escalate on order_reviews (escalate_at) where decided_at is null and escalated_at is null;
create index order_reviews_turn on order_reviews (assigned_to, started_at);

-- Whom an open step reaches, where that is neither everybody nor a role.
create table order_review_reviewers (
    review_id blob not null references order_reviews (id),
    user_id blob not null references users (id),
    primary key (review_id, user_id)
);
create index order_review_reviewers_user on order_review_reviewers (user_id);

-- Who is away, from the first day to the last, and who reviews in their place.
create table user_absences (
    user_id blob primary key not null references users (id),
    first_day date not null,
    last_day date not null,
    delegate_id blob references users (id),
    updated_at integer not null
);

-- What is in review already is with whoever may approve orders; an id may stand in two tables.
insert into order_reviews (id, order_id, round, step, steps, rule, because, order_version, submitted_at, open_to, started_at)
    select o.id, o.id, o.review_round, 1, 1, '{"by":"role"}', '[]', o.version, coalesce(o.submitted_at, o.created_at), 'any', coalesce((select max(t.recorded_at) from order_transitions t
        where t.order_id = o.id and t.to_status = 'in_review'), o.submitted_at, o.created_at)
    from orders o where o.status = 'in_review';

-- How grave a remark is, and what became of it.
alter table order_remarks add column severity text not null default 'advice';
alter table order_remarks add column state text not null default 'open';
alter table order_remarks add column answer text;
alter table order_remarks add column settled_by blob references users (id);
alter table order_remarks add column settled_at integer;

-- The rules that an order broke on its way to the first review: warnings at the first submit, and what refused a submit before that.
create table order_broken_rules (
    order_id blob not null references orders (id),
    rule text not null,
    primary key (order_id, rule)
);
create index order_broken_rules_rule on order_broken_rules (rule, order_id);
