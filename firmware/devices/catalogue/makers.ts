/** All entries of the catalogue, maker by maker: what the packer and the tests read. */
import { abb } from './abb'
import { acrel } from './acrel'
import { afore } from './afore'
import { algodue } from './algodue'
import { alphaess } from './alphaess'
import { bernecker } from './bernecker'
import { bgetech } from './bgetech'
import { carloGavazzi } from './carlo-gavazzi'
import { chint } from './chint'
import { daly } from './daly'
import { deye } from './deye'
import { eastron } from './eastron'
import { eltako } from './eltako'
import type { Entry } from './entry'
import { epever } from './epever'
import { felicity } from './felicity'
import { finder } from './finder'
import { foxess } from './foxess'
import { fronius } from './fronius'
import { goodwe } from './goodwe'
import { growatt } from './growatt'
import { hiking } from './hiking'
import { huawei } from './huawei'
import { inepro } from './inepro'
import { janitza } from './janitza'
import { jk } from './jk'
import { lovato } from './lovato'
import { luxpower } from './luxpower'
import { marstek } from './marstek'
import { orno } from './orno'
import { pace } from './pace'
import { peacefair } from './peacefair'
import { pylontech } from './pylontech'
import { renogy } from './renogy'
import { saj } from './saj'
import { sbc } from './sbc'
import { schneider } from './schneider'
import { seplos } from './seplos'
import { siemens } from './siemens'
import { socomec } from './socomec'
import { sofar } from './sofar'
import { solaredge } from './solaredge'
import { solax } from './solax'
import { solinteg } from './solinteg'
import { solis } from './solis'
import { srne } from './srne'
import { sungrow } from './sungrow'
import { sunspec } from './sunspec'
import { wago } from './wago'
import { wattnode } from './wattnode'

export const ENTRIES: readonly Entry[] = [
  ...abb,
  ...acrel,
  ...afore,
  ...algodue,
  ...alphaess,
  ...bernecker,
  ...bgetech,
  ...carloGavazzi,
  ...chint,
  ...daly,
  ...deye,
  ...eastron,
  ...eltako,
  ...epever,
  ...felicity,
  ...finder,
  ...foxess,
  ...fronius,
  ...goodwe,
  ...growatt,
  ...hiking,
  ...huawei,
  ...inepro,
  ...janitza,
  ...jk,
  ...lovato,
  ...luxpower,
  ...marstek,
  ...orno,
  ...pace,
  ...peacefair,
  ...pylontech,
  ...renogy,
  ...saj,
  ...sbc,
  ...schneider,
  ...seplos,
  ...siemens,
  ...socomec,
  ...sofar,
  ...solaredge,
  ...solax,
  ...solinteg,
  ...solis,
  ...srne,
  ...sungrow,
  ...sunspec,
  ...wago,
  ...wattnode,
]
