"""What a person reads of an audit row."""

WORDS = {
    "account.log_in": "登录",
    "account.invite": "开账号",
    "account.accept_invitation": "用链接设密码",
    "account.reset_password": "重设密码",
    "account.change_password": "改自己的密码",
    "account.disable": "停用账号",
    "account.enable": "启用账号",
    "account.unlock": "解锁账号",
    "account.reset_two_factors": "解除两步验证",
    "account.confirm_two_factors": "绑定手机验证器",
    "account.use_recovery_code": "用恢复码登录",
    "installation.set_demo_day": "换示例日期",
    "installation.set_two_factor_policy": "改登录要求",
    "keys.rotate": "换密钥",
    "keys.reseal": "重新加密",
    "divisions.bring_in": "导入区划",
    "programme.publish": "发布方案",
    "roster.add": "新增老年人",
    "roster.change": "改老年人信息",
    "roster.import": "导入名册",
    "roster.open_report": "下载导入结果",
    "roster.export": "导出名册",
    "roster.export_full": "导出带全号的名册",
    "roster.look_at_number": "看身份证全号",
    "enrolment.enrol": "参保登记",
    "enrolment.cancel": "撤销参保登记",
    "claims.exported": "导出理赔清单",
    "claims.looked": "看理赔材料",
    "claims.looked_at_phone": "看报案人电话全号",
    "claims.reported": "报案登记",
    "claims.recorded": "录入损失",
    "claims.prepared": "初审理算",
    "claims.approved": "复核同意",
    "claims.returned": "退回初审",
    "claims.refused": "拒赔",
    "claims.withdrawn": "撤案",
    "public.look_up": "公众查询参保",
    "sample.build": "建示例镇",
}

# what a row is about, by the model's label
SUBJECTS = {
    "accounts.User": "账号",
    "claims.Claim": "赔案",
    "divisions.Division": "区划",
    "enrolment.Enrolment": "参保登记",
    "installation.Installation": "本系统",
    "programmes.ProgrammeVersion": "方案",
    "roster.ImportRun": "导入",
    "roster.Resident": "老年人",
}

# the actions by which somebody saw what is normally masked
LOOKS = (
    "roster.look_at_number",
    "roster.export_full",
    "roster.open_report",
    "claims.looked",
    "claims.looked_at_phone",
)
