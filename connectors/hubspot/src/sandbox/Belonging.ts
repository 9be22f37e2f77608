/** Which records belong to which: labels between pairs, each way with a number of its own. https://developers.hubspot.com/docs/api-reference/crm-associations-v4/guide */
export interface Belonging {
  readonly of: (fromType: string, from: string, toType: string) => ReadonlyMap<string, ReadonlySet<number>>
  readonly add: (fromType: string, from: string, toType: string, to: string, typeId: number) => void
  readonly drop: (fromType: string, from: string, toType: string, to: string) => void
}

/** The number of the same label the other way. */
const pairs: ReadonlyArray<readonly [number, number]> = [
  [1, 2],
  [279, 280],
  [5, 6],
  [341, 342],
  [3, 4],
  [20, 19],
  [26, 25],
  [339, 340],
  [16, 15]
]
const inverse = new Map(pairs.flatMap(([one, other]) => [[one, other] as const, [other, one] as const]))

/** Primary labels, of which a record has one, with the label that all pairs have. */
const primaries = new Map([
  [1, 279],
  [5, 341],
  [26, 339]
])

export const make = (): Belonging => {
  const tables = new Map<string, Map<string, Set<number>>>()
  const table = (fromType: string, from: string, toType: string): Map<string, Set<number>> => {
    const key = `${fromType} ${from} ${toType}`
    const found = tables.get(key) ?? new Map<string, Set<number>>()
    tables.set(key, found)
    return found
  }
  const label = (fromType: string, from: string, toType: string, to: string, typeId: number): void => {
    const forth = table(fromType, from, toType)
    forth.set(to, new Set([...(forth.get(to) ?? []), typeId]))
    const back = table(toType, to, fromType)
    back.set(from, new Set([...(back.get(from) ?? []), inverse.get(typeId) ?? typeId]))
  }
  return {
    of: (fromType, from, toType) => table(fromType, from, toType),
    add: (fromType, from, toType, to, typeId) => {
      const plain = primaries.get(typeId)
      if (plain !== undefined) {
        for (const [other, labels] of table(fromType, from, toType)) {
          labels.delete(typeId)
          table(toType, other, fromType)
            .get(from)
            ?.delete(inverse.get(typeId) ?? typeId)
        }
        label(fromType, from, toType, to, plain)
      }
      label(fromType, from, toType, to, typeId)
    },
    drop: (fromType, from, toType, to) => {
      table(fromType, from, toType).delete(to)
      table(toType, to, fromType).delete(from)
    }
  }
}
