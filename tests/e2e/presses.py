"""Scripts that press what people press in haste: every button of a page, twice, and what was sent of it."""

COUNT_FORMS = """() => { const counted = document.body.dataset; counted.sent = 0; addEventListener('submit', (event) => {
  if (!event.defaultPrevented) { counted.sent = Number(counted.sent) + 1; event.preventDefault() } }) }"""
PRESS_ALL = """() => { for (const form of document.querySelectorAll('form[method=post]'))
  for (const _ of [1, 2]) form.querySelector('button[type=submit]').click(); return Number(document.body.dataset.sent) }"""
COME_BACK = "() => { dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })) }"
