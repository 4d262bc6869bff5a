/** Points of Curve25519 whose order divides 8, with the numbers above the field that mean them. https://cr.yp.to/ecdh.html#validate */
export const LOW_ORDER: [name: string, u: string][] = [
  ['zero', '00'.repeat(32)],
  ['one', `01${'00'.repeat(31)}`],
  ['a point of order 8', 'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800'],
  ['another of order 8', '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157'],
  ['p - 1', `ec${'ff'.repeat(30)}7f`],
  ['p', `ed${'ff'.repeat(30)}7f`],
  ['p + 1', `ee${'ff'.repeat(30)}7f`],
  ['zero, with the bit that does not count', `${'00'.repeat(31)}80`],
  ['p, with the bit that does not count', `ed${'ff'.repeat(31)}`],
]
