/**
 * How the host stands to this page: `silent` when it says nothing over a connection that is there, `gone` when there is none, `refused`
 * when another one has taken its place, which does not know this page.
 */
export interface Standing {
  readonly kind: 'here' | 'silent' | 'gone' | 'refused'
  /** Moment of the page's clock at which it was heard for the last time. */
  readonly since: number
}
export const HERE: Standing = { kind: 'here', since: 0 }
