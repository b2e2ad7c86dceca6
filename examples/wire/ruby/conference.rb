# A whole conference with ruby-bandwidth: create it, dial somebody into it, mute them, speak to all, end it.
require 'ruby-bandwidth'

inbox = "#{ENV.fetch('SANDBOX_URL', 'http://127.0.0.1:8181')}/sandbox/inbox/examples"
client = Bandwidth::Client.new(
  user_id: ENV.fetch('CATAPULT_USER', 'u-local'),
  api_token: ENV.fetch('CATAPULT_TOKEN', 't-local'),
  api_secret: ENV.fetch('CATAPULT_SECRET', 's-local'),
  api_endpoint: ENV.fetch('CATAPULT_URL', 'http://127.0.0.1:8080')
)

plain = Bandwidth::Conference.create(client, from: '+12345678901')
puts "Created conference #{plain.id}"

conference = Bandwidth::Conference.create(
  client,
  from: '+12345678901',
  callback_url: inbox,
  callback_timeout: 2000,
  fallback_url: inbox,
  profile: 'passthru_digits',
  tag: 'ruby'
)
puts "Created conference #{conference.id}; its events go to #{inbox}"

# Call.create would read the call after dialling it, and Convoke has no way to read a call: so only the dialling here.
dialling = { from: '+12345678901', to: '+19195551234', conference_id: conference.id }
_, headers = client.make_request(:post, client.concat_user_path('calls'), dialling)
puts "Dialled +19195551234 as call #{Bandwidth::Client.get_id_from_location_header(headers[:location])}"

member = nil
while member.nil?
  sleep 0.2
  member = conference.get_members.first
end
puts "They answered: member #{member.id}"

member.update(mute: true)
puts "Muted the member: mute is #{conference.get_member(member.id).mute}"

conference.speak_sentence('Welcome to the conference')
puts 'Spoke to all'

[plain, conference].each do |each|
  each.complete
  puts "Ended conference #{each.id}: it is #{Bandwidth::Conference.get(client, each.id).state}"
end
