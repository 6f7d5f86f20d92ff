{{
    person_mentions(
        [
            {
                "relation": ref("stg_alfa__ansokan"),
                "says": ["system_sex"],
            },
            {
                "relation": ref("stg_alfa__hushall"),
                "row_key": "member_key",
                "says": ["system_sex", "birth_region"],
            },
            {
                "relation": ref("stg_beta__arende"),
                "says": ["system_sex"],
            },
            {
                "relation": ref("stg_beta__person"),
                "row_key": "member_key",
                "says": ["system_sex", "birth_region"],
            },
            {
                "relation": ref("stg_delta__behov"),
                "row_key": "need_key",
                "says": ["system_sex", "birth_region"],
            },
            {
                "relation": ref("stg_delta__vald"),
                "row_key": "screening_key",
                "says": [],
            },
            {
                "relation": ref("stg_delta__stod"),
                "says": [],
            },
            {
                "relation": ref("stg_gamma__boende"),
                "row_key": "placement_key",
                "says": ["system_sex", "birth_region"],
            },
            {
                "relation": ref("stg_gamma__placering"),
                "row_key": "placement_key",
                "says": ["system_sex", "birth_region"],
            },
            {
                "relation": ref("stg_registerutdrag__lakemedel"),
                "says": ["system_sex", "birth_region"],
            },
            {
                "relation": ref("stg_registerutdrag__utbildning"),
                "says": ["system_sex", "birth_region"],
            },
            {
                "relation": ref("stg_epsilon__beslut"),
                "row_key": "decision_key",
                "says": ["system_sex"],
            },
            {
                "relation": ref("stg_epsilon__insats"),
                "row_key": "spell_key",
                "says": ["system_sex", "birth_region"],
            },
            {
                "relation": ref("stg_epsilon__utfort"),
                "row_key": "volume_key",
                "says": [],
            },
            {
                "relation": ref("stg_epsilon__extern"),
                "row_key": "volume_key",
                "says": ["system_sex"],
            },
            {
                "relation": ref("stg_kulturskola__kursval"),
                "row_key": "choice_key",
                "says": ["system_sex"],
            },
        ]
    )
}}
