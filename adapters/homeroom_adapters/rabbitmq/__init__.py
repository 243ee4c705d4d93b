"""RabbitMQ: a carrier of ready jobs and a topic exchange for published facts."""
