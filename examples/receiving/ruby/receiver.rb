# Receives Convoke's events: takes each genuine one once, and refuses all others. docs/receiving.md has the reasons.
require 'openssl'
require 'set'
require 'socket'

# Without one of your own: the secret of the local account, which everybody knows.
secret = ENV.fetch('WEBHOOK_SECRET', 'whsec_Y29udm9rZS1sb2NhbC13ZWJob29rLXNlY3JldA==')
KEY = secret.delete_prefix('whsec_').unpack1('m0')

# The ids of what was taken. Yours are best kept in the database that the work is done in.
TAKEN = Set.new
TURN = Mutex.new

# What is signed of a GET: its query from the last eventType on. What is signed of a POST: the body as it came.
def event_query(target)
  target[/\A.*[?&](eventType=.*)\z/, 1].to_s
end

def genuine?(headers, payload)
  id, timestamp, signatures = headers.values_at('webhook-id', 'webhook-timestamp', 'webhook-signature')
  return false if id.nil? || timestamp.nil? || signatures.nil?
  return false if (Time.now.to_i - timestamp.to_i).abs > 300

  signature = OpenSSL::HMAC.digest('SHA256', KEY, "#{id}.#{timestamp}.#{payload}")
  expected = "v1,#{[signature].pack('m0')}"
  # While the secret is changed there are two signatures.
  signatures.split.any? { |given| OpenSSL.secure_compare(given, expected) }
end

# The status to answer with.
def receive(headers, payload)
  unless genuine?(headers, payload)
    puts 'Refused'
    return 401
  end
  id, sequence = headers.values_at('webhook-id', 'convoke-sequence')
  unless TURN.synchronize { TAKEN.add?(id) }
    puts "Again: #{id}"
    return 204
  end
  # Here, keep the event for work that goes on after the answer: JSON.parse(payload), or URI.decode_www_form(payload).to_h
  # of a GET.
  puts "Taken: #{id}, number #{sequence}: #{payload}"
  204
end

# Just enough HTTP to run without a web server: one request on each connection.
def serve(socket)
  socket.binmode
  method, target = socket.gets("\r\n", 100_000).to_s.split
  headers = {}
  while (line = socket.gets("\r\n", 100_000)&.chomp("\r\n")) && !line.empty?
    name, value = line.split(':', 2)
    headers[name.downcase] = value.to_s.strip
  end
  size = headers['content-length'].to_i
  return if size > 1_000_000

  body = socket.read(size).to_s
  status = receive(headers, method == 'GET' ? event_query(target.to_s) : body)
  socket.write("HTTP/1.1 #{status} -\r\nConnection: close\r\n\r\n")
ensure
  socket.close
end

$stdout.sync = true
server = TCPServer.new('127.0.0.1', Integer(ENV.fetch('RECEIVER_PORT', '8300')))
puts "Receiving at http://127.0.0.1:#{server.addr[1]}/"
loop { Thread.new(server.accept) { |socket| serve(socket) } }
