// The Bluesky network in one process: directory (PLC), personal data server (PDS), application view, moderation.
import { TestNetwork } from '@atproto/dev-env'

const [plc, pds, bsky, ozone] = process.env.PORTS.split(',').map(Number)
const network = await TestNetwork.create({
  dbPostgresUrl: process.env.DB_POSTGRES_URL,
  dbPostgresSchema: 'bsky',
  plc: { port: plc },
  pds: { port: pds, hostname: 'localhost', enableDidDocWithSession: true },
  bsky: { port: bsky, publicUrl: `http://localhost:${bsky}` },
  ozone: { port: ozone },
})
console.log('ready')
const end = async () => {
  await network.close().catch((error) => console.error(String(error)))
  process.exit(0)
}
process.on('SIGTERM', end)
process.on('SIGINT', end)
