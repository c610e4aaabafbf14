"""帮助: what each desk does here, step by step, in its own words."""

from django.http import HttpRequest, HttpResponse

from ankang.accounts.permissions import public_page
from ankang.desks.pages import page, shell_of

TOPICS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "town": (
        (
            "开始一年的工作",
            ("在“名册导入”下载模板，填好再导入；没通过的行会写明原因和改法。", "在“数据核查”看方案里的疑点。"),
        ),
        ("每天看进度", ("“指挥台”第一句话就是结论：到截止日能到多少、还差几人。", "点村名看这个村还有谁没参保。")),
        (
            "考核与奖补",
            (
                "先录入本镇的办法，写明依据确认；没有确认以前只有预览。",
                "点村名看每一分从哪来。推进期结束后冻结，村里申诉、镇里答复，再编表彰名单和补助申请。",
            ),
        ),
        ("必保的人", ("“政府购买对象”列出低保、五保、三无和80周岁以上老人，目标是一个不漏。",)),
    ),
    "village": (
        (
            "给一位老人参保",
            (
                "先输身份证号，对了才会出来方案和金额。",
                "把保障念给老人听，勾上“同意”，再点“确认参保”。",
                "登记错了，当天能撤销。",
            ),
        ),
        ("找人", ("“本村名册”可以输姓名、姓名首字母、身份证号或者后四位。",)),
        ("看本村得几分", ("“待办”里点“本村考核”，每一分从哪来都写着；成绩冻结以后在那里申诉。",)),
        ("用表格", ("“Excel导入导出”里先下载模板；同一份表导两次不会重复。",)),
    ),
    "window": (
        (
            "一站式结算",
            (
                "输身份证号和事故日期，照票据录入，当场看每一项赔多少。",
                "中国人寿同意以后刷新页面，请收款人签字，再点“付现金”。",
                "口径还没确认的不能当场付：登记银行卡，把案号告诉家属。",
            ),
        ),
        ("晚上对账", ("“今日单据”里点“日结”，打印交中国人寿归还垫付。",)),
    ),
    "insurer": (
        ("办一件理赔", ("“报案登记”输身份证号，记下事故；再录入损失。", "系统逐项算出赔多少，写明条款、口径和算式。")),
        ("两个人把关", ("初审的人不能复核自己的案件，要换一位同事。", "口径还没确认的案件，必须两个人审。")),
    ),
}
EVERYBODY = (
    ("看不到全号？", ("身份证号只显示后四位。确实要看，点“看全号”，系统会记下谁在什么时候看过。",)),
    (
        "登录出了问题？",
        ("密码连错5次会锁15分钟。忘了密码，请本单位管账号的人重置。", "30分钟不操作会自动退出，已经提交的不会丢。"),
    ),
)


@public_page
def guide(request: HttpRequest) -> HttpResponse:
    """The topics of one's own desk, then those for everybody."""
    desk = request.user.desk if request.user.is_authenticated else ""
    topics = TOPICS.get(desk, ()) + EVERYBODY
    shell = shell_of(request).get("shell", "desks/solo.html")
    return page(request, "desks/guide.html", {"topics": topics, "shell": shell})
