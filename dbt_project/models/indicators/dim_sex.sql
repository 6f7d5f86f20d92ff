with sex_label as ({{ sex_labels() }})

select
    people.sex,
    people.label_sv,
    people.label_en,
    children.label_sv as children_label_sv,
    children.label_en as children_label_en
from sex_label as people
inner join sex_label as children on people.sex = children.sex and children.is_children
where not people.is_children
