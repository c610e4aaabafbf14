"""Why a benefit pays nothing: a stable code, and the sentence for the person who asked."""

REASONS = {
    "not_covered": "这个险种没有这项责任",
    "out_of_cover": "不在保障期内",
    "cause_illness": "原因是疾病，这项责任只赔意外",
    "cause_accident": "原因是意外，按口径这项责任只赔疾病身故",
    "no_death_or_disability": "没有身故，也没有伤残鉴定；以后评残可以再申请",
    "disability_not_covered": "按口径这项责任只赔身故，不赔伤残",
    "death_after_window": "身故距事故超过了期限",
    "sum_used_up": "保额已经赔完",
    "alive": "被保险人健在",
    "already_paid": "这次身故已经赔过",
    "no_expense": "没有医疗费用",
    "reimbursed_in_full": "费用已在别处全部报销",
    "below_deductible": "自付部分没有超过免赔额",
    "limit_used_up": "限额已经用完",
    "bill_exhausted": "自付部分已由其他责任赔完，同一张票不重复赔",
    "no_fracture": "没有骨折费用",
    "not_combinable": "按口径，医疗赔了就不再赔骨折",
    "no_hospital_stay": "没有住院",
    "within_waiting_days": "住院天数没有超过不赔的头几天",
    "day_cap_used_up": "可赔的天数已经用完",
}

WARNINGS = {
    "days_90": "保障期内住院已满90天，请核对病历",
    "days_180": "保障期内住院已满180天，请核对病历",
}
