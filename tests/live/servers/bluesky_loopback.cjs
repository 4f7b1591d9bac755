// node -r ./bluesky_loopback.cjs: a server that names no address listens on 127.0.0.1 only.
const net = require('node:net')
const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (...given) {
  const [first, second] = given
  if (first === undefined || typeof first === 'function') given.unshift(0, '127.0.0.1')
  else if (typeof first === 'object') {
    if (first !== null && 'port' in first && !first.host) given[0] = { ...first, host: '127.0.0.1' }
  } else if (/^\d+$/.test(String(first)) && typeof second !== 'string') given.splice(1, 0, '127.0.0.1')
  return listen.apply(this, given)
}
