"""What happens to old people: invented accidents and deaths for the sample claims. Money is fen."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Story:
    """One kind of event. Ranges are (least, most); `nights` None: nobody was kept in hospital."""

    what: str
    diagnosis: str
    expense_yuan: tuple[int, int] = (0, 0)
    reimbursed_percent: tuple[int, int] = (0, 0)
    fracture_percent: int = 0
    nights: tuple[int, int] | None = None
    disability: tuple[int, str] | None = None
    cause: str = "accident"
    dies: bool = False


INJURIES = (
    Story(
        "在家门口台阶上滑倒，右手撑地，手腕肿痛不能活动。",
        "右桡骨远端骨折",
        (1800, 4200),
        (45, 60),
        70,
    ),
    Story(
        "浴室地滑，臀部着地，站不起来，家人送医。",
        "左股骨颈骨折",
        (16000, 38000),
        (62, 74),
        85,
        (9, 18),
    ),
    Story(
        "骑电动三轮车转弯时侧翻，左小腿被压。",
        "左胫腓骨骨折",
        (9000, 21000),
        (55, 68),
        80,
        (7, 15),
    ),
    Story("爬梯子摘果子摔下来，腰疼得厉害。", "腰1椎体压缩性骨折", (6000, 14000), (55, 66), 75, (6, 12)),
    Story("割菜时镰刀划伤左手，流血较多。", "左手切割伤，清创缝合", (420, 1300), (30, 45)),
    Story("被邻居家的狗咬伤右小腿，打了狂犬疫苗。", "犬咬伤（三级暴露）", (900, 2100), (0, 15)),
    Story("做饭时热油溅到前臂。", "右前臂浅二度烫伤", (600, 1900), (35, 50)),
    Story(
        "过马路被电动车碰倒，对方赔了一部分医药费。",
        "头皮裂伤，右肩软组织挫伤",
        (2600, 7800),
        (58, 72),
        nights=(3, 6),
    ),
    Story("夜里起床绊倒，额头磕在床角上。", "额部裂伤缝合", (500, 1500), (35, 50)),
    Story("雨天骑自行车滑倒，右脚踝扭伤。", "右外踝骨折", (2200, 5200), (48, 60), 80),
    Story("在晒场搬粮食时被车斗碰伤肋部。", "左侧第6、7肋骨骨折", (4200, 9600), (52, 65), 60, (4, 9)),
)
MAIMED = (
    Story(
        "操作粉碎机时右手食指被绞伤。",
        "右手食指末节缺失",
        (7200, 13000),
        (50, 62),
        40,
        (6, 10),
        (10, "右手食指"),
    ),
    Story(
        "从房顶跌落，踝关节活动受限。",
        "右踝关节骨折术后活动受限",
        (18000, 32000),
        (60, 70),
        80,
        (12, 20),
        (9, "右踝"),
    ),
)
FATAL = (
    Story("过桥时连人带车落水，救起后抢救无效。", "溺水", (1600, 3200), (30, 50), dies=True),
    Story("在路边行走被货车撞倒，送医后身故。", "重型颅脑损伤", (21000, 46000), (78, 90), nights=(1, 3), dies=True),
    Story("下楼梯跌倒，头部着地，住院后身故。", "创伤性硬膜下血肿", (15000, 33000), (60, 70), nights=(2, 6), dies=True),
)
DEATHS = (
    Story("在家中突发胸痛，送医后身故。", "急性心肌梗死", cause="illness", dies=True),
    Story("脑梗死后长期卧床，在家中身故。", "脑梗死", cause="illness", dies=True),
    Story("肺部感染加重，住院治疗无效身故。", "重症肺炎", cause="illness", dies=True),
)
NOTHING_DUE = (
    (
        Story("散步时扭了脚，在村卫生室拿了药。", "左踝软组织扭伤", (90, 190)),
        "医疗费用没有超过免赔额，按方案不赔。",
    ),
    (
        Story("胸闷气短，在镇卫生院住院。", "冠心病", (3200, 6800), (60, 72), nights=(5, 9), cause="illness"),
        "疾病住院不在意外责任内，按方案不赔。",
    ),
    (
        Story("切菜切到手指，买了药自己包扎。", "左手拇指皮外伤", (60, 170)),
        "医疗费用没有超过免赔额，按方案不赔。",
    ),
)
