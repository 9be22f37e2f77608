/** Invented people, companies and places in many scripts, and the currencies they pay in. */
import type { Seed } from "@syncline/connector/sandbox"

type Some = readonly [string, ...ReadonlyArray<string>]

export interface Place {
  readonly country: string
  readonly currency: string
  readonly locale: string
  readonly cities: Some
  readonly streets: Some
  readonly given: Some
  readonly family: Some
  /** Whether the family name comes first, without a space. */
  readonly isFamilyFirst?: boolean
}

/** Zero-decimal: jpy, krw. Three-decimal: kwd. https://docs.stripe.com/currencies */
export const places: readonly [Place, ...ReadonlyArray<Place>] = [
  {
    country: "US",
    currency: "usd",
    locale: "en",
    cities: ["Springfield", "Portland", "Savannah"],
    streets: ["Main St", "Oak Ave", "2nd St"],
    given: ["Ada", "Grace", "José", "Renée", "Dwayne"],
    family: ["Johnson", "O'Neill", "Peña", "Smith-Wesson", "Brontë"]
  },
  {
    country: "DE",
    currency: "eur",
    locale: "de",
    cities: ["München", "Köln", "Görlitz"],
    streets: ["Lange Straße", "Am Büchel", "Rüdigerweg"],
    given: ["Jürgen", "Anneliese", "Björn", "Käthe"],
    family: ["Müller", "Groß", "Weiß", "Schröder"]
  },
  {
    country: "GB",
    currency: "gbp",
    locale: "en-GB",
    cities: ["Leeds", "Aberystwyth", "Derry"],
    streets: ["High Street", "Mill Lane", "Church Road"],
    given: ["Siân", "Oliver", "Niamh", "Zoë"],
    family: ["Llewellyn", "McDonald", "Ní Bhriain", "Clarke"]
  },
  {
    country: "JP",
    currency: "jpy",
    locale: "ja",
    cities: ["東京都千代田区", "大阪市", "札幌市"],
    streets: ["丸の内1丁目", "なんば2丁目", "北一条西3"],
    given: ["陽菜", "さくら", "タロウ", "健一"],
    family: ["佐藤", "鈴木", "髙橋", "渡邉"],
    isFamilyFirst: true
  },
  {
    country: "KR",
    currency: "krw",
    locale: "ko",
    cities: ["서울특별시", "부산광역시"],
    streets: ["세종대로", "해운대로"],
    given: ["민준", "서연", "지우"],
    family: ["김", "이", "박", "최"],
    isFamilyFirst: true
  },
  {
    country: "KW",
    currency: "kwd",
    locale: "ar",
    cities: ["مدينة الكويت", "حولي"],
    streets: ["شارع الخليج", "شارع سالم المبارك"],
    given: ["فاطمة", "محمد", "نورة"],
    family: ["الصباح", "العتيبي", "المطيري"]
  },
  {
    country: "GR",
    currency: "eur",
    locale: "el",
    cities: ["Αθήνα", "Θεσσαλονίκη"],
    streets: ["Οδός Ερμού", "Λεωφόρος Νίκης"],
    given: ["Ελένη", "Γιώργος", "Άννα"],
    family: ["Παπαδόπουλος", "Καραγιάννης", "Οικονόμου"]
  },
  {
    country: "BG",
    currency: "eur",
    locale: "bg",
    cities: ["София", "Пловдив"],
    streets: ["бул. Витоша", "ул. Раковски"],
    given: ["Мария", "Георги", "Йордан"],
    family: ["Иванов", "Щерева", "Юнакова"]
  },
  {
    country: "IL",
    currency: "usd",
    locale: "he",
    cities: ["תל אביב", "חיפה"],
    streets: ["רחוב דיזנגוף", "שדרות הנשיא"],
    given: ["נועה", "יוסף", "תמר"],
    family: ["כהן", "לוי", "פרץ"]
  },
  {
    country: "IN",
    currency: "inr",
    locale: "hi",
    cities: ["मुंबई", "जयपुर"],
    streets: ["महात्मा गांधी मार्ग", "स्टेशन रोड"],
    given: ["आरव", "प्रिया", "लक्ष्मी"],
    family: ["शर्मा", "पटेल", "कुमार"]
  },
  {
    country: "TW",
    currency: "usd",
    locale: "zh-TW",
    cities: ["臺北市", "高雄市"],
    streets: ["忠孝東路", "中山路"],
    given: ["美玲", "志明", "雅婷"],
    family: ["陳", "林", "黃"],
    isFamilyFirst: true
  },
  {
    country: "PL",
    currency: "pln",
    locale: "pl",
    cities: ["Łódź", "Gdańsk", "Wrocław"],
    streets: ["ul. Długa", "ul. Świętojańska"],
    given: ["Zażółć", "Małgorzata", "Łukasz"],
    family: ["Wiśniewski", "Dąbrowska", "Żółty"]
  },
  {
    country: "BR",
    currency: "brl",
    locale: "pt-BR",
    cities: ["São Paulo", "Brasília"],
    streets: ["Rua da Conceição", "Avenida Paulista"],
    given: ["João", "Conceição", "Tânia"],
    family: ["Gonçalves", "Araújo", "de Souza e Silva"]
  }
]

export const currencies = ["usd", "eur", "gbp", "jpy", "krw", "kwd", "inr", "pln", "brl"] as const

const decorations: Some = ["🌱", "🚀", "👩🏽‍🔧", "☕️", "🏴󠁧󠁢󠁷󠁬󠁳󠁿"]
const trades: Some = [
  "Bakery",
  "Logistics",
  "Software",
  "Bicycles",
  "Consulting & Sons",
  "Café",
  '"Best" Tools',
  "Garden\tSupplies"
]

export interface Person {
  readonly place: Place
  readonly name: string
  readonly isCompany: boolean
}

export const person = (draw: Seed.Draw): Person => {
  const place = draw.pick(places)
  const family = draw.pick(place.family)
  if (draw.chance(15)) {
    const decoration = draw.chance(20) ? ` ${draw.pick(decorations)}` : ""
    return { place, name: `${family} ${draw.pick(trades)}${decoration}`, isCompany: true }
  }
  const given = draw.pick(place.given)
  return { place, name: place.isFamilyFirst === true ? `${family}${given}` : `${given} ${family}`, isCompany: false }
}

/** Minor units of one unit of the currency. */
export const minorUnits = (currency: string): number =>
  currency === "jpy" || currency === "krw" ? 1 : currency === "kwd" ? 1000 : 100
