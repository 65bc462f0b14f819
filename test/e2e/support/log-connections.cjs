'use strict'
/** Loaded before everything in a host under test: writes down whom it turns to, by name or address, a line each. */
const { appendFileSync } = require('node:fs')
const net = require('node:net')
const dgram = require('node:dgram')
const dns = require('node:dns')

const file = process.env.PERMAFROST_E2E_CONNECTIONS
const note = text => appendFileSync(file, `${text}\n`)

if (file) {
  note('hooked')
  const { connect } = net.Socket.prototype
  net.Socket.prototype.connect = function (...given) {
    const [options] = net._normalizeArgs(Array.isArray(given[0]) ? given[0] : given)
    if (options.path === undefined) note(`tcp ${options.host ?? 'localhost'}`)
    return connect.apply(this, given)
  }
  const { send } = dgram.Socket.prototype
  dgram.Socket.prototype.send = function (...given) {
    note(`udp ${given.find(one => typeof one === 'string' && one.includes('.')) ?? 'connected'}`)
    return send.apply(this, given)
  }
  const { lookup } = dns
  dns.lookup = function (name, ...rest) {
    note(`name ${name}`)
    return lookup.call(this, name, ...rest)
  }
}
