<?php
/** What is said about a model in an event. Without a model something is invented, as the original does it. */

declare( strict_types=1 );

use WP_Ultimo\Models\Base_Model;
use WP_Ultimo\Models\Customer;
use WP_Ultimo\Models\Membership;

function wu_generate_event_payload( string $name, Base_Model|false $model = false ): array {
	$model = $model ?: match ( $name ) {
		'customer' => new Customer( array( 'display_name' => 'John McMocked', 'user_email' => 'mockeduser@dev.dev' ) ),
		'membership' => new Membership( array( 'amount' => 0.0, 'initial_amount' => 0.0 ) ),
	};
	return match ( $name ) {
		'customer' => stand_in_customer( $model ),
		'membership' => stand_in_membership( $model ),
		'payment' => stand_in_payment( $model ),
		'site' => stand_in_site( $model ),
		'domain' => stand_in_domain( $model ),
	};
}

function stand_in_customer( Base_Model $customer ): array {
	return array(
		'customer_id'                 => $customer->get_id(),
		'customer_name'               => $customer->display_name,
		'customer_user_id'            => $customer->user_id,
		'customer_user_email'         => $customer->user_email,
		'customer_email_verification' => $customer->email_verification,
		'customer_avatar'             => "<img alt='' src='https://avatars.example/robin.png' height='40' width='40'/>",
		'customer_billing_address'    => implode( "\n", $customer->get_billing_address()->to_array() ),
		'customer_manage_url'         => stand_in_url( 'customer', $customer ),
	);
}

function stand_in_membership( Base_Model $membership ): array {
	return array(
		'membership_id'                 => $membership->get_id(),
		'membership_status'             => $membership->status,
		'membership_reference_code'     => $membership->get_hash(),
		'membership_initial_amount'     => stand_in_price( $membership->initial_amount ),
		'membership_initial_amount_raw' => (float) $membership->initial_amount,
		'membership_amount'             => stand_in_price( $membership->amount ),
		'membership_amount_raw'         => (float) $membership->amount,
		'membership_currency'           => $membership->currency,
		'membership_description'        => 'Free!',
		'membership_gateway'            => $membership->gateway,
		'membership_date_expiration'    => $membership->date_expiration,
		'membership_manage_url'         => stand_in_url( 'membership', $membership ),
	);
}

function stand_in_payment( Base_Model $payment ): array {
	return array(
		'payment_id'             => $payment->get_id(),
		'payment_status'         => $payment->status,
		'payment_reference_code' => $payment->get_hash(),
		'payment_subtotal'       => stand_in_price( $payment->subtotal ),
		'payment_subtotal_raw'   => $payment->subtotal,
		'payment_tax_total'      => stand_in_price( $payment->tax_total ),
		'payment_tax_total_raw'  => $payment->tax_total,
		'payment_total'          => stand_in_price( $payment->total ),
		'payment_total_raw'      => $payment->total,
		'payment_currency'       => $payment->currency,
		'payment_product_names'  => 'Premium, Setup',
		'payment_date_created'   => '2026-11-21 23:45:34',
		'payment_gateway'        => $payment->gateway,
		'payment_invoice_url'    => network_home_url( '?action=invoice&reference=' . $payment->get_hash() ),
		'payment_manage_url'     => stand_in_url( 'payment', $payment ),
	);
}

function stand_in_site( Base_Model $site ): array {
	$id = (int) $site->get_id();
	return array(
		'site_id'          => $site->get_id(),
		'site_title'       => (string) get_blog_option( $id, 'blogname' ),
		'site_description' => (string) get_blog_option( $id, 'blogdescription' ),
		'site_url'         => get_home_url( $id ),
		'site_admin_url'   => get_admin_url( $id ),
		'site_manage_url'  => stand_in_url( 'site', $site ),
	);
}

function stand_in_domain( Base_Model $domain ): array {
	return array(
		'domain_id'           => $domain->get_id(),
		'domain_domain'       => $domain->domain,
		'domain_site_id'      => $domain->blog_id,
		'domain_stage'        => $domain->stage,
		'domain_active'       => 'true',
		'domain_primary'      => $domain->primary_domain ? 'true' : 'false',
		'domain_secure'       => 'false',
		'domain_date_created' => '2026-11-21 23:45:37',
		'domain_manage_url'   => stand_in_url( 'domain', $domain ),
	);
}

function stand_in_price( mixed $amount ): string {
	return '$ ' . number_format( (float) $amount, 2 );
}

function stand_in_url( string $name, Base_Model $model ): string {
	return network_admin_url( "admin.php?page=wp-ultimo-edit-$name&id=" . $model->get_id() );
}
