alter table orders drop column remark_count;
alter table orders drop column lines;
