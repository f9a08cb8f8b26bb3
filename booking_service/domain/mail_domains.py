"""Which mailboxes may belong together: those at one domain and below it, except at public mail providers."""

_NAMES = """
aol.com aon.at arcor.de att.net bluewin.ch bluewin.com btinternet.com chello.at chello.nl comcast.net email.de fastmail.com
fastmail.fm free.fr freenet.de freenet.nl gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.net googlemail.com hetnet.nl hispeed.ch
home.nl hotmail.be hotmail.co.uk hotmail.com hotmail.de hotmail.es hotmail.fr hotmail.it hotmail.nl hushmail.com icloud.com
inbox.lv interia.pl kabelmail.de kpnmail.nl kpnplanet.nl laposte.net libero.it live.at live.be live.co.uk live.com live.de
live.fr live.nl mac.com magenta.at mail.com mail.de mail.ru mailbox.org me.com msn.com o2.pl o2online.de onet.pl online.de
online.nl orange.fr outlook.at outlook.be outlook.com outlook.de outlook.es outlook.fr outlook.it outlook.nl planet.nl pm.me
posteo.at posteo.ch posteo.de posteo.net proton.me protonmail.ch protonmail.com qq.com quicknet.nl rambler.ru rocketmail.com
runbox.com seznam.cz sfr.fr skynet.be sky.com solcon.nl sunrise.ch t-online.de telenet.be tele2.nl tuta.com tuta.io
tutanota.com tutanota.de upcmail.nl verizon.net versatel.nl virgilio.it virginmedia.com vodafone.de wanadoo.fr web.de wp.pl
xs4all.nl yahoo.ca yahoo.co.in yahoo.co.uk yahoo.com yahoo.de yahoo.es yahoo.fr yahoo.it yandex.com yandex.ru ymail.com
ziggo.nl zonnet.nl 126.com 163.com
"""
_PROVIDERS = frozenset(_NAMES.split())
_SHORT = 3  # letters of the label before the country in shared suffixes such as co.uk or com.au


def owned_domain(mailbox: str) -> str | None:
    """The domain whose owner can have any number of mailboxes like this one; None at a public mail provider.

    The last two labels, or three where the suffix looks shared, as in co.uk. That is a guess without the public suffix
    list, so nobody may be refused because of it.
    """
    domain = mailbox.rpartition("@")[2].lower()
    if domain in _PROVIDERS:
        return None
    *_, second, last = ("", *domain.split("."))
    return ".".join(domain.split(".")[-3 if len(second) <= _SHORT and len(last) == 2 else -2 :])
