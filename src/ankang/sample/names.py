"""Names as people born from the 1920s to the 1960s in the north of Jiangsu bear them: common surnames, period words."""

from random import Random

from ankang.roster.models import Resident

_SURNAMES = (
    "王陈张徐孙李周刘吴朱 杨陆沈戴蔡顾唐仇卞季 成薛陶夏姜董严胥茆韦 王陈张徐孙李周刘吴朱 王陈张徐李周刘 "
    "仓郭潘袁丁施葛凌宋谷 崔彭肖秦汤邵曹乔柏祁"
).replace(" ", "")
_GENERATION = {
    Resident.Sex.MALE: "国建正德如兆长广永洪学文志金玉春立士宏加为树绍龙乃以步维友寿",
    Resident.Sex.FEMALE: "秀桂凤玉素月美春红兰爱巧金小翠云文正书庆永腊网锦宝龙如加长学",
}
_LAST = {
    Resident.Sex.MALE: "华明林生才祥高春荣余平宏海山龙宝富贵连元民军根成友松和余官权",
    Resident.Sex.FEMALE: "英兰珍芳凤华梅香红云琴萍霞玲女珠芹花娣美莲余粉仙霞巧扣风",
}
_SINGLE = {
    Resident.Sex.MALE: "明华林俊勇军平斌海峰松荣祥根成高才刚忠富",
    Resident.Sex.FEMALE: "英兰珍芳凤琴梅香红云萍霞玲芹花美莲娟萍琳",
}
_ONE_CHARACTER = 0.14


def person_name(rng: Random, sex: str) -> str:
    """Return a surname and a given name of one or two characters."""
    surname = rng.choice(_SURNAMES)
    key = Resident.Sex(sex)
    if rng.random() < _ONE_CHARACTER:
        return surname + rng.choice(_SINGLE[key])
    first, last = rng.choice(_GENERATION[key]), rng.choice(_LAST[key])
    while first == last:
        last = rng.choice(_LAST[key])
    return surname + first + last
